//! Whatever a message says, its reply is one JSON object in its dialect, with its id and no name twice.

use std::collections::HashSet;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::input::Input;
use crate::model::error::{Code, Error};
use crate::model::outcome::Json;
use crate::wire::Delimiter;
use crate::wire::dialects::{Dialect, encode, parse};

pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let before = input.choice(&[Dialect::McpForBlender, Dialect::BlenderLab, Dialect::BlenderMcpServer]);
    let delimiter = input.choice(&[Delimiter::Newline, Delimiter::Nul]);
    let session = input.choice(&["", "scene-20260101-000000-abc"]);
    let (envelope, request) = parse(input.0, before);
    let outcomes = match request {
        Ok(request) => {
            assert!(request.timeout.is_none_or(|limit| !limit.is_zero()));
            // What a command can come to that echoes what it is given.
            let told = Json::of(&request.params);
            vec![Ok(told), Err(Error::new(Code::CommandFailed, &*request.command).with_data(request.params))]
        }
        Err(error) => vec![Err(error)],
    };
    let echoes_members = envelope.dialect == Dialect::BlenderLab;
    for outcome in outcomes {
        let mut out = Vec::new();
        encode(&envelope, &outcome, session, delimiter, &mut out);
        assert_eq!(out.pop(), Some(delimiter.byte()));
        assert!(!out.contains(&delimiter.byte()), "the delimiter stands inside the reply");
        let reply: Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(reply.get("id"), envelope.id.as_ref(), "the id comes back");
        if !(echoes_members && outcome.is_ok()) {
            serde_json::from_slice::<NoNameTwice>(&out).expect("no name twice");
        }
    }
}

/// An object whose names differ.
struct NoNameTwice;

impl<'de> Deserialize<'de> for NoNameTwice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = NoNameTwice;
            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NoNameTwice, A::Error> {
                let mut names = HashSet::new();
                while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                    if !names.insert(name.clone()) {
                        return Err(serde::de::Error::custom(format!("{name:?} twice")));
                    }
                }
                Ok(NoNameTwice)
            }
        }
        deserializer.deserialize_map(Names)
    }
}
