"""PostgreSQL begins anew where its making was cut, lets nobody in without a password, and runs as whom it may."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest

from cluster.servers import account
from cluster.servers.account import Account
from cluster.servers.postgres import DATABASE, Postgres, binary
from cluster.servers.state import LOOPBACK, State
from fleet.errors import StartRefused
from tests.cluster.servers.test_server import answers


def test_a_making_that_was_cut_begins_anew(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        draft = state.data("postgres.new")
        (draft / "data" / "base").mkdir(parents=True)
        with Postgres(state) as server:
            answers(server)
        assert not draft.exists()


def test_nobody_enters_without_the_password(postgres: Postgres) -> None:
    address = f"postgresql://flotilla_admin:wrong@{LOOPBACK}:{postgres.port}/{DATABASE}"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


def test_what_is_committed_is_on_disk(home: State) -> None:
    with Postgres(home) as server, psycopg.connect(server.url) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_data_without_their_password_are_refused_untouched(home: State) -> None:
    with Postgres(home):
        pass
    path = home.secret_path("postgres-password")
    password = path.read_text()
    path.unlink()
    with pytest.raises(StartRefused, match="password of the database"):
        Postgres(home).start()
    path.write_text(password)
    with Postgres(home) as server:
        answers(server)


def test_an_ordinary_user_runs_it_as_himself() -> None:
    if os.geteuid() == 0:
        pytest.skip("root runs it as another")
    assert account.choose(binary("postgres"), Path.cwd()) == Account()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_data_change_hands_with_the_account(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    directory = tmp_path / "data" / "postgres"
    (directory / "base").mkdir(parents=True)
    Account(user=1).own(directory, tmp_path)
    assert (directory / "base").stat().st_uid == 1
    assert [p.stat().st_mode & 0o777 for p in (tmp_path, tmp_path / "data")] == [0o711, 0o711]
    Account().own(directory, tmp_path)
    assert (directory / "base").stat().st_uid == 0
