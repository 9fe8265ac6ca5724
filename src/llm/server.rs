//! Which protocol an address speaks, which models it has, and which of them is asked.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::config::Address;
use super::http::Http;
use super::ollama::{Ollama, Shown, is_remote, is_same_model};
use super::openai::OpenAi;
use super::protocol::Protocol;
use crate::model::error::{Code, Error};

/// Models that are told, and that are looked at for one that can chat.
const LISTED: usize = 200;
const LOOKED_AT: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Ollama,
    OpenAi,
}

impl Kind {
    pub fn protocol(self) -> &'static dyn Protocol {
        match self {
            Self::Ollama => &Ollama,
            Self::OpenAi => &OpenAi,
        }
    }
}

/// A model that runs at the address. Only Ollama tells more than its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = LlmModel)]
pub struct Model {
    #[schema(example = "qwen3:8b")]
    pub name: String,
    /// Bytes on disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "8.2B")]
    pub parameters: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Q4_K_M")]
    pub quantization: Option<String>,
    #[serde(skip)]
    is_remote: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = LlmModels)]
pub struct Models {
    /// The protocol: `ollama` or `openai`.
    #[schema(value_type = String)]
    pub api: Kind,
    pub models: Vec<Model>,
    /// Models left out because they run in the cloud: what is said would leave the machine.
    pub cloud_models_hidden: usize,
}

/// How the model is: what `get_llm_status` tells.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LlmStatus)]
pub struct Status {
    /// The setting `llm`.
    pub enabled: bool,
    /// `off`, `ready`, or `unavailable` for the reason in `error`.
    pub state: &'static str,
    /// Null if the setting is no good.
    pub address: Option<String>,
    /// Whether a key is set.
    pub has_key: bool,
    /// The protocol that the address was found to speak: `ollama` or `openai`.
    #[schema(value_type = Option<String>)]
    pub api: Option<Kind>,
    /// Ollama's.
    pub version: Option<String>,
    /// The one that is asked.
    pub model: Option<String>,
    /// Whether it is in memory already; null if the server does not tell.
    pub loaded: Option<bool>,
    /// Whether it can look things up; null if the server does not tell.
    pub tools: Option<bool>,
    /// Tokens that it can hold; null if the server does not tell.
    pub context: Option<u64>,
    pub error: Option<Error>,
}

/// The model that is asked, and what is known of it.
#[derive(Debug, PartialEq)]
pub struct Chosen {
    pub name: String,
    pub context: Option<u64>,
    pub tools: Option<bool>,
    pub is_loaded: Option<bool>,
}

/// A server that has answered.
pub struct Server<'a> {
    pub http: &'a Http,
    pub address: &'a Address,
    pub kind: Kind,
    pub version: Option<String>,
}

impl<'a> Server<'a> {
    /// Asks the address what it is.
    pub async fn find(http: &'a Http, address: &'a Address) -> Result<Self, Error> {
        let (_, said) = http.lookup(address, "/api/version", None).await?;
        if let Some(version) = said["version"].as_str() {
            return Ok(Self { http, address, kind: Kind::Ollama, version: Some(version.to_owned()) });
        }
        let (status, said) = http.lookup(address, "/v1/models", None).await?;
        match status {
            StatusCode::OK if said["data"].is_array() => {
                Ok(Self { http, address, kind: Kind::OpenAi, version: None })
            }
            StatusCode::OK | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                let words = format!(
                    "What answers at {address} is no model's server: it knows neither Ollama's /api/version nor \
                     /v1/models. Check the address (llm_address)"
                );
                Err(Error::new(Code::ModelUnavailable, words))
            }
            refused => Err(http.refused(address, refused, &said, None)),
        }
    }

    pub async fn models(&self) -> Result<Models, Error> {
        let mut models = self.all_models().await?;
        let all = models.len();
        models.retain(|model| !model.is_remote);
        let cloud_models_hidden = all - models.len();
        models.truncate(LISTED);
        Ok(Models { api: self.kind, models, cloud_models_hidden })
    }

    async fn all_models(&self) -> Result<Vec<Model>, Error> {
        let (route, list, name) = match self.kind {
            Kind::Ollama => ("/api/tags", "models", "name"),
            Kind::OpenAi => ("/v1/models", "data", "id"),
        };
        let (status, said) = self.http.lookup(self.address, route, None).await?;
        if status != StatusCode::OK {
            return Err(self.http.refused(self.address, status, &said, None));
        }
        let model = |said: &Value| {
            let detail = |name: &str| said["details"][name].as_str().map(str::to_owned);
            Some(Model {
                name: said[name].as_str()?.to_owned(),
                size: said["size"].as_u64(),
                parameters: detail("parameter_size"),
                quantization: detail("quantization_level"),
                is_remote: is_remote(said),
            })
        };
        Ok(said[list].as_array().into_iter().flatten().filter_map(model).collect())
    }

    /// The wanted model, or if none is wanted the first that runs there and can chat.
    pub async fn choose(&self, wanted: &str) -> Result<Chosen, Error> {
        match self.kind {
            Kind::Ollama if wanted.is_empty() => {
                let models = self.models().await?;
                for model in models.models.into_iter().take(LOOKED_AT) {
                    let shown = self.show(&model.name).await?;
                    if shown.can("completion") != Some(false) && !shown.is_remote {
                        return Ok(self.chosen(model.name, shown).await);
                    }
                }
                Err(self.no_model())
            }
            Kind::Ollama => {
                let shown = self.show(wanted).await?;
                if shown.is_remote {
                    let words = format!(
                        "The model '{wanted}' runs in Ollama's cloud: what you say and what is in the scene would leave \
                         this machine. Choose one that list_llm_models tells (llm_model)"
                    );
                    return Err(Error::new(Code::ModelUnavailable, words));
                }
                Ok(self.chosen(wanted.to_owned(), shown).await)
            }
            Kind::OpenAi => {
                let named = |name| Chosen { name, context: None, tools: None, is_loaded: None };
                if !wanted.is_empty() {
                    return Ok(named(wanted.to_owned()));
                }
                // Nothing tells what a model can, but those that cannot chat have it in their names.
                let mut models = self.models().await?.models.into_iter().map(|model| model.name);
                models.find(|name| !name.contains("embed")).map(named).ok_or_else(|| self.no_model())
            }
        }
    }

    async fn show(&self, model: &str) -> Result<Shown, Error> {
        let (status, said) =
            self.http.lookup(self.address, "/api/show", Some(&json!({"model": model}))).await?;
        match status {
            StatusCode::OK => Ok(Shown::read(&said)),
            refused => Err(self.http.refused(self.address, refused, &said, Some(model))),
        }
    }

    async fn chosen(&self, name: String, shown: Shown) -> Chosen {
        // Whether it is loaded is told for patience's sake only.
        let loaded = self.http.lookup(self.address, "/api/ps", None).await.ok();
        let is_loaded = loaded.and_then(|(_, said)| {
            let names = said["models"].as_array()?.iter().filter_map(|model| model["name"].as_str());
            Some(names.into_iter().any(|loaded| is_same_model(loaded, &name)))
        });
        Chosen { name, context: shown.context, tools: shown.can("tools"), is_loaded }
    }

    fn no_model(&self) -> Error {
        let words = format!(
            "The server at {} has no model that runs there and can chat: fetch one (`ollama pull qwen3:8b`), or name one \
             (llm_model)",
            self.address
        );
        Error::new(Code::ModelUnavailable, words)
    }
}
