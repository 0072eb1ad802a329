"""What the kernel tells of processes, and to which part each of them is counted."""

import os
import subprocess
import sys

from bench.fleet.kernel import Memory, Reading, apart, cpu, family, spent


def test_a_process_belongs_to_the_first_part_that_names_it() -> None:
    assert apart({"poller": [7], "ray": [5, 7, 6], "web": [8]}) == {"poller": [7], "ray": [5, 6], "web": [8]}


def test_a_process_that_is_gone_costs_nothing() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert cpu(gone.pid) == 0.0
    assert Memory.of([gone.pid]) == Memory(0.0, 0.0)


def test_what_a_child_had_spent_stays_counted_when_it_was_reaped() -> None:
    before = spent([os.getpid()])
    subprocess.run([sys.executable, "-c", "sum(range(2_000_000))"], check=True)
    assert Reading.of({"mine": [os.getpid()]}).seconds["mine"] > before


def test_a_family_is_a_process_and_all_that_it_started() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert {os.getpid(), child.pid} <= set(family(os.getpid()))
        child.communicate(b"\n")
