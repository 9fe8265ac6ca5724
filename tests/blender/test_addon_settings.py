"""Settings: what the environment overrides, and the words for what cannot be served.

In: mappings as the preferences and `os.environ` give them. Out: the keyword arguments of `Bridge.start`.
"""

import pytest
from tenon.settings import server_settings as settings


def test_the_environment_goes_over_what_was_chosen():
    chosen = {"host": "localhost", "port": 1234, "token": "chosen", "queue_size": 7}
    environment = {"TENON_HOST": "127.0.0.1", "TENON_PORT": "5678", "TENON_TOKEN": "from outside"}
    resolved = settings.resolve(chosen, environment)
    assert resolved == {
        **settings.DEFAULTS,
        "host": "127.0.0.1",
        "port": 5678,
        "token": "from outside",
        "queue_size": 7,
    }
    assert settings.resolve(chosen, {}) == {**settings.DEFAULTS, **chosen}


def test_origins_are_parted_by_commas_or_spaces():
    environment = {"TENON_ALLOWED_ORIGINS": "http://localhost:3000, https://studio.example  http://[::1]:80"}
    found = settings.from_environment(environment)
    listed = ["http://localhost:3000", "https://studio.example", "http://[::1]:80"]
    assert found == {"allowed_origins": listed} and settings.origins(" ,, ") == []


def test_the_store_is_moved_or_switched_off():
    assert settings.from_environment({"TENON_STORE_FOLDER": "/srv/sessions"}) == {
        "store_folder": "/srv/sessions"
    }
    for off in ("off", " OFF "):
        assert settings.resolve({"store_folder": "/home"}, {"TENON_STORE_FOLDER": off})["store_folder"] == ""


def test_the_language_model_s_variables():
    environment = {
        "TENON_LLM": "on",
        "TENON_LLM_ADDRESS": " http://box:1234 ",
        "TENON_LLM_MODEL": "qwen3:8b",
        "TENON_LLM_KEY": "sk-1",
    }
    assert settings.from_environment(environment) == {
        "llm": True,
        "llm_address": "http://box:1234",
        "llm_model": "qwen3:8b",
        "llm_key": "sk-1",
    }
    assert settings.DEFAULTS["llm"] is False and settings.DEFAULTS["llm_key"] == ""


@pytest.mark.parametrize("word, taken", [("1", True), ("On", True), ("false", False), ("off", False)])
def test_a_switch_in_the_environment(word, taken):
    assert settings.from_environment({"TENON_FIND_FREE_PORT": word}) == {"find_free_port": taken}


def test_a_bad_switch_is_named():
    with pytest.raises(ValueError, match="TENON_FIND_FREE_PORT must be on or off, but is 'perhaps'"):
        settings.resolve({}, {"TENON_FIND_FREE_PORT": "perhaps"})


def test_an_empty_variable_is_not_set():
    assert settings.from_environment({"TENON_HOST": " ", "TENON_PORT": "", "TENON_TOKEN": ""}) == {}


@pytest.mark.parametrize("port", ["many", "-1", "65536", "98 76", "9876.0", "9_876", "٩٨٧٦", "0x10"])
def test_a_bad_port_is_named(port):
    with pytest.raises(ValueError, match="TENON_PORT must be a number from 0 to 65535") as error:
        settings.resolve({}, {"TENON_PORT": port})
    assert repr(port) in str(error.value)
    assert settings.problem({}, {"TENON_PORT": port}) == str(error.value)


@pytest.mark.parametrize(
    "chosen, environment, words",
    [
        ({}, {}, None),
        ({"host": "127.0.0.1"}, {}, None),
        ({"host": "127.9.9.9"}, {}, None),
        ({"host": "::1"}, {}, None),
        ({"host": "LOCALHOST"}, {}, None),
        ({"host": "0.0.0.0"}, {}, "Host 0.0.0.0 lets other computers in: set a token first"),
        ({"host": "localhost.evil.example"}, {}, "Host localhost.evil.example lets other"),
        ({"host": "0.0.0.0", "token": "t"}, {}, None),
        ({"host": "0.0.0.0"}, {"TENON_TOKEN": "t"}, None),
        ({}, {"TENON_HOST": "192.168.0.7"}, "Host 192.168.0.7 lets other computers in"),
        ({"host": "0.0.0.0"}, {"TENON_HOST": "localhost"}, None),
        ({"host": " "}, {}, "The host is empty"),
        ({"require_token": True}, {}, "A token is required but none is set"),
        ({"require_token": True, "token": "t"}, {}, None),
    ],
)
def test_what_cannot_be_served_is_said_in_words(chosen, environment, words):
    problem = settings.problem(chosen, environment)
    assert problem is None if words is None else problem.startswith(words)


@pytest.mark.parametrize(
    ("chosen", "token"),
    [
        ({}, None),
        ({"token": "t"}, None),
        ({"token": "t", "require_token": True}, "t"),
        ({"token": "t", "host": "0.0.0.0"}, "t"),
    ],
)
def test_the_token_that_clients_need(chosen, token):
    assert settings.needed_token(settings.resolve(chosen, {})) == token


def test_overrides_are_told_without_the_secrets():
    variables = {
        "TENON_PORT": "1",
        "TENON_TOKEN": "secret",
        "TENON_LLM_KEY": "secret",
        "TENON_STORE_FOLDER": "off",
    }
    notes = settings.overridden(variables)
    assert notes == {
        "port": "TENON_PORT=1",
        "token": "TENON_TOKEN is set",
        "llm_key": "TENON_LLM_KEY is set",
        "store_folder": "TENON_STORE_FOLDER=off",
    }
