//! The settings of this run, and those of them that may change while it goes on. On the I/O thread.
//!
//! What protects the user (who may connect, whether code runs, *Read Only*) is changed in Blender alone: a client would
//! allow itself what it likes.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::definition::{Effect, NoParams, Row, schema_of};
use crate::commands::Subject;
use crate::model::error::{Code, Error};
use crate::model::settings::{CHANGEABLE, Kind, Setting, Settings};
use crate::service::state::{Handler, Service};
use crate::sessions::Session;

pub const ROWS: &[Row] = &[
    Row {
        name: "get_settings",
        aliases: &[],
        description: "Tell every setting of this run with its meaning and value; secrets only whether they are set.",
        params: schema_of::<NoParams>,
        subject: Subject::None,
        effect: Effect::Reads,
        tool: false,
        handler: || Handler::sync(get_settings),
    },
    Row {
        name: "set_settings",
        aliases: &[],
        description: "Change settings until Blender ends, of those that can be changed while Tenon serves; the others are \
                      the user's, in Blender's preferences.",
        params: schema_of::<SetSettings>,
        subject: Subject::None,
        effect: Effect::Changes,
        tool: false,
        handler: || Handler::sync(set_settings),
    },
];

const LOG_LEVEL: &str = "log_level";
const LOG_LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

/// The answer of `get_settings`.
#[derive(Serialize, ToSchema)]
#[schema(as = SettingsList)]
pub struct SettingsAnswer {
    settings: Vec<ShownSetting>,
}

/// `name`, `type` with what it may be (`choices`, or `minimum`, `maximum` and `unit`), `default`, `label`, `description` and
/// `environment`, the variable that goes over it.
#[derive(Serialize, ToSchema)]
#[schema(as = Setting)]
pub struct ShownSetting {
    #[serde(flatten)]
    #[schema(value_type = Object)]
    setting: Setting,
    /// Of a secret: `(hidden)` if there is one.
    #[schema(value_type = Object)]
    value: Value,
    /// Whether `set_settings` takes it.
    changeable: bool,
}

fn get_settings(service: &Service, _: &Arc<Session>, _: NoParams) -> Result<SettingsAnswer, Error> {
    let values = json!(*service.current());
    let mut settings: Vec<ShownSetting> = Settings::table()
        .into_iter()
        .map(|setting| ShownSetting {
            value: values[setting.name].clone(),
            changeable: CHANGEABLE.contains(&setting.name),
            setting,
        })
        .collect();
    settings.push(ShownSetting {
        setting: Setting {
            name: LOG_LEVEL,
            kind: Kind::Choice { choices: LOG_LEVELS },
            default: "info".into(),
            label: "Log Level",
            description: "What is logged: this and what is graver",
            environment: None,
        },
        value: log::max_level().as_str().to_lowercase().into(),
        changeable: true,
    });
    Ok(SettingsAnswer { settings })
}

/// Parameters of `set_settings`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSettings {
    /// by name, as get_settings tells them
    values: Map<String, Value>,
}

/// The answer of `set_settings`.
#[derive(Serialize, ToSchema)]
#[schema(as = ChangedSettings)]
pub struct ChangedAnswer {
    /// As they are now.
    #[schema(value_type = Object)]
    changed: Map<String, Value>,
}

fn set_settings(service: &Service, _: &Arc<Session>, params: SetSettings) -> Result<ChangedAnswer, Error> {
    let mut values = params.values;
    let names: Vec<String> = values.keys().cloned().collect();
    for name in &names {
        if name != LOG_LEVEL && !CHANGEABLE.contains(&name.as_str()) {
            let words = format!(
                "setting '{name}' cannot be changed by a client; the user sets it in Blender's preferences, and connects \
                 again. These can be: {}, {LOG_LEVEL}",
                CHANGEABLE.join(", ")
            );
            return Err(Error::new(Code::InvalidParams, words));
        }
    }
    let level = values.shift_remove(LOG_LEVEL).map(|level| level_of(&level)).transpose()?;
    service.change_settings(values).map_err(|words| Error::new(Code::InvalidParams, words))?;
    if let Some(level) = level {
        log::set_max_level(level);
    }
    let mut now = json!(*service.current());
    now[LOG_LEVEL] = log::max_level().as_str().to_lowercase().into();
    log::info!("settings changed by a client: {}", names.join(", "));
    Ok(ChangedAnswer { changed: names.into_iter().map(|name| (name.clone(), now[&name].take())).collect() })
}

fn level_of(value: &Value) -> Result<log::LevelFilter, Error> {
    let known = value.as_str().filter(|name| LOG_LEVELS.contains(name)).and_then(|name| name.parse().ok());
    known.ok_or_else(|| {
        let words = format!("setting '{LOG_LEVEL}': {value} is none of {}", LOG_LEVELS.join(", "));
        Error::new(Code::InvalidParams, words)
    })
}
