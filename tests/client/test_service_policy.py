"""When Blender is started again and when it counts as dead: a clock that the test moves."""

from __future__ import annotations

import pytest
from tenon_client.service.definition import Limits
from tenon_client.service.policy import Next, Restarts, Watch

LIMITS = Limits()
EVEN = 0.5  # the chance that leaves a delay as it is


def restarts(chance=EVEN):
    return Restarts(LIMITS, lambda: chance)


def test_delays_double_up_to_a_minute():
    policy = restarts()
    assert [policy.delay(n) for n in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert policy.delay(10_000) == 60


@pytest.mark.parametrize(("chance", "delay"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_delays_have_jitter(chance, delay):
    assert restarts(chance).delay(1) == pytest.approx(delay)


def run(policy, now, lasts, served=0.0):
    """One run of Blender; what follows, and when."""
    policy.started(now)
    following = policy.ended(now + lasts, served)
    return following, now + lasts + following.delay


def test_five_starts_in_five_minutes_are_a_crash_loop():
    policy, now = restarts(), 0.0
    seen = []
    for _ in range(6):
        following, now = run(policy, now, 1.0)
        seen.append((following.factory, following.failed))
    assert seen == [(False, False)] * 4 + [(True, False), (False, True)]


def test_five_starts_in_a_longer_time_are_none():
    policy, now = restarts(), 0.0
    for _ in range(50):
        following, now = run(policy, now, 80.0)
        assert following == Next(policy.delay(policy.ends)) and not following.factory, now


def test_ten_healthy_minutes_make_good_what_was_before():
    policy, now = restarts(), 0.0
    for _ in range(4):
        following, now = run(policy, now, 1.0)
    assert following.delay == 8
    following, now = run(policy, now, 700.0, served=650.0)
    assert following == Next(1.0)


def test_a_healthy_run_with_factory_settings_ends_the_loop():
    policy, now = restarts(), 0.0
    for _ in range(5):
        following, now = run(policy, now, 1.0)
    assert following.factory
    assert run(policy, now, 700.0, served=650.0)[0] == Next(1.0), "the user's own settings get another chance"
    assert run(restarts(), 0, 1.0)[0] == Next(1.0)


IDLE = {"state": "idle", "seconds": 0.5}


def running(seconds):
    return {"state": "running", "command": "render", "seconds": seconds}


def test_a_start_takes_its_time_but_not_for_ever():
    watch = Watch(LIMITS, None, now=0.0)
    assert all(watch.look(now, None) is None for now in range(301))
    assert watch.serving_since is None
    assert "did not answer within 301 s of its start" in watch.look(301, None)


def test_three_looks_in_a_row_without_an_answer():
    watch = Watch(LIMITS, None, now=0.0)
    assert watch.look(1, IDLE) is None
    assert watch.serving_since == 1
    assert [watch.look(now, None) for now in (2, 3)] == [None, None]
    assert watch.look(4, IDLE) is None
    assert [watch.look(now, None) for now in (5, 6)] == [None, None]
    assert "3 times in a row" in watch.look(7, None)


def test_idle_without_a_sign_is_dead_and_busy_is_not():
    watch = Watch(LIMITS, None, now=0.0)
    assert watch.look(1, {"state": "idle", "seconds": 30.0}) is None
    assert watch.look(2, running(100_000.0)) is None and watch.is_alive
    assert "no sign for 31 s" in watch.look(3, {"state": "idle", "seconds": 31.0})
    assert watch.look(4, {"state": "idle", "seconds": 900.0, "last_sign": 0.1}) is None


def test_with_a_window_the_user_may_keep_the_main_thread_busy():
    watch = Watch(LIMITS, None, now=0.0, window=True)
    assert watch.look(1, {"state": "idle", "seconds": 900.0}) is None and watch.is_alive
    assert [watch.look(now, None) is None for now in (2, 3, 4)] == [True, True, False]


def test_a_task_has_a_limit_if_it_is_given_one():
    watch = Watch(LIMITS, 60.0, now=0.0)
    assert watch.look(1, running(60.0)) is None
    assert "'render' has run for 61 s" in watch.look(2, running(61.0))


def test_the_watchdog_is_fed_by_the_main_thread_alone():
    """That sockets answer does not count: its sign has to be a new one, or its task within the limit."""
    watch = Watch(LIMITS, 60.0, now=0.0)
    watch.look(10.0, {"state": "idle", "seconds": 1.0})
    assert watch.is_alive
    watch.look(12.0, {"state": "idle", "seconds": 3.0})
    assert not watch.is_alive, "the sign is the one of before"
    watch.look(13.0, {"state": "idle", "seconds": 0.2})
    assert watch.is_alive
    watch.look(14.0, running(1.0))
    assert watch.is_alive
    watch.look(15.0, running(61.0))
    assert not watch.is_alive
    watch.look(16.0, None)
    assert not watch.is_alive
    watch.look(17.0, {})
    assert watch.is_alive, "a refused token hides the heartbeat; that it answered must do"
