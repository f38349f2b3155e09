"""Who stops the server, and when not; a database made anew."""

import json
import signal

from crm import local_postgres
from tests.crm.local_postgres.place import Place


def test_only_the_starter_stops_and_only_when_nobody_else_uses_it(place: Place) -> None:
    ours = local_postgres.ensure_running(place.data_dir)
    other = place.helper(
        "s = local_postgres.ensure_running(data_dir); tell(started=s.started); sys.stdin.readline()\n"
        "tell(stopped=s.release())"
    )
    assert json.loads(other.stdout.readline()) == {"started": False}
    assert not ours.release(), "stopped beneath another process that had claimed it"
    out, _ = other.communicate("\n")
    assert json.loads(out) == {"stopped": False}
    assert place.is_up()


def test_a_connection_without_claim_keeps_the_server_running(place: Place) -> None:
    ours = local_postgres.ensure_running(place.data_dir)
    with place.connect() as connection:
        assert not ours.release()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_sigterm_to_the_starter_stops_the_server(place: Place) -> None:
    starter = place.helper(
        "with local_postgres.running(data_dir) as s:\n    tell(process=s.process)\n    time.sleep(60)"
    )
    assert json.loads(starter.stdout.readline())["process"] == local_postgres.status(place.data_dir).process
    starter.terminate()
    _, err = starter.communicate(timeout=20)
    assert starter.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in err
    assert not place.is_up()


def test_recreating_the_database_empties_it_although_somebody_is_connected(place: Place) -> None:
    local_postgres.ensure_running(place.data_dir)
    lingering = place.connect()
    lingering.execute("CREATE TABLE gone (n integer)")
    local_postgres.recreate_database(place.data_dir)
    with place.connect() as connection:
        assert connection.execute("SELECT to_regclass('gone')").fetchone() == (None,)
    lingering.close()
