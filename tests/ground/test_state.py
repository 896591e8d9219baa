"""What a trial remembers: private files, one owner at a time."""

import os

import pytest

from panel.embedded import state


def test_two_panels_cannot_hold_one_folder(tmp_path):
    with (
        state.locked(tmp_path),
        pytest.raises(state.Busy, match=f"process {os.getpid()}"),
        state.locked(tmp_path),
    ):
        pass


def test_a_folder_is_free_again_when_its_panel_is_gone(tmp_path):
    with state.locked(tmp_path):
        pass

    with state.locked(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_the_secrets_are_made_once_and_for_us_alone(tmp_path):
    key = state.sandbox_key(tmp_path)

    assert state.sandbox_key(tmp_path) == key
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_the_sandbox_keeps_its_port_while_that_is_free(tmp_path):
    assert state.sandbox_port(tmp_path) == state.sandbox_port(tmp_path)


def test_a_command_without_a_state_makes_none(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY")

    state.adopt_environment(tmp_path, create=False)

    assert "SECRET_KEY" not in os.environ
    assert list(tmp_path.iterdir()) == []
