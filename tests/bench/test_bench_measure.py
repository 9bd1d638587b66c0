"""What `make bench` reads from /proc. How fast anything is, no test asserts."""

import os

import pytest

from bench import measure
from bench.measure import Process, Spent, parse_busy, parse_stat

# proc_pid_stat(5): pid (comm) state ppid pgrp session tty tpgid flags, four counts of faults, utime stime
# cutime cstime …
STAT = "4711 (python) S 4700 4690 4690 0 -1 4194304 9001 0 12 0 250 31 7 5 20 0 3 0 88123 1 2"
# proc_stat(5): user nice system idle iowait irq softirq steal guest guest_nice
MACHINE = "cpu  500 20 300 9000 40 3 60 7 100 0\ncpu0 250 10 150 4500 20 1 30 3 50 0\n"


def test_a_process_has_a_parent_a_group_and_ticks_of_its_own_and_of_children_that_ended() -> None:
    assert parse_stat(STAT) == Process(parent=4700, group=4690, ticks=281, buried=12)


def test_a_programs_name_may_hold_spaces_and_brackets() -> None:
    assert parse_stat(STAT.replace("(python)", "(odd) 1 2 (name)")) == parse_stat(STAT)


def test_a_machine_is_busy_but_when_it_is_idle_or_waits_for_a_disk() -> None:
    assert parse_busy(MACHINE) == 890  # guests' 100 are in the first 500


def test_foreign_is_what_neither_server_nor_database_nor_load_took() -> None:
    before = Spent(server=10.0, database=2.0, load=1.0, machine=100.0)
    after = Spent(server=11.5, database=2.25, load=1.5, machine=103.0)

    assert after.since(before) == Spent(server=1.5, database=0.25, load=0.5, machine=3.0)
    assert after.since(before).foreign == 0.75


def test_coarse_steps_do_not_make_others_take_less_than_nothing() -> None:
    assert Spent(server=1.5, database=0, load=0.5, machine=1.9).foreign == 0


def test_a_database_is_its_first_process_all_children_and_those_that_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = {
        50: Process(
            parent=1, group=50, ticks=300, buried=9000
        ),  # the server; its pip once compiled something
        51: Process(parent=50, group=50, ticks=100, buried=0),
        70: Process(parent=1, group=70, ticks=10, buried=40),  # the postmaster
        71: Process(parent=70, group=71, ticks=200, buried=0),  # each of PostgreSQL's has a group of its own
        90: Process(parent=1, group=90, ticks=5000, buried=0),
    }
    monkeypatch.setattr(measure, "processes", lambda: iter(there.items()))
    monkeypatch.setattr(os, "sysconf", {"SC_CLK_TCK": 100}.__getitem__)

    with_database = measure.spent(50, postmaster=70)

    assert (with_database.server, with_database.database) == (4.0, 2.5)
    assert measure.spent(50).database == 0
