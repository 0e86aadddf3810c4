"""The whole way, in half a minute: simulate without a network, deliver beside it, fail on purpose, and count.

`make demo` runs it. Everything happens in a temporary directory that is gone afterwards. What arrived is compared with
the journals value by value; the exit code is 0 only if both are equal. Tests: tests/demo/test_demo.py.
"""

import argparse
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from docs.examples.comparison import Contents, Server, journal_files, read_journals
from docs.examples.demo.faults import KILLED_AT, Cron, broken_on_purpose, kill_a_pass
from docs.examples.demo.jobs import PLATE, SHARED_PLATE, Compilation, Programs, start_jobs
from docs.examples.demo.shown import judge, mean_temperatures, table
from docs.examples.demo.stage import PATIENCE, TOKEN, DemoError, Place, Processes, start_server


def say(text: str = "") -> None:
    """Print a line at once."""
    print(text, flush=True)


def progress(began: float, place: Place, server: Server, cron: Cron) -> None:
    """Print one line on how far everything is."""
    written = sum(file.read_bytes().count(b'{"kind":"metrics"') for file in journal_files(place.cache))
    accepted = server.get("/api/stats")["accepted"]["metrics"]
    say(f"{time.monotonic() - began:6.1f} s  {written:>8,} written  {accepted:>8,} on the server  pass {cron.count}")


def deliver(
    processes: Processes, place: Place, server: Server, programs: Programs, seconds: float
) -> tuple[Cron, str, int]:
    """Simulate and deliver side by side, until everything is delivered.

    Returns:
        The senders; the key of the request whose sender was killed; the number of processes that wrote.
    """
    jobs = start_jobs(processes, place, programs, seconds)
    cron, began, doubtful = Cron(processes, place), time.monotonic(), ""
    while True:
        next_tick = time.monotonic() + 1
        if cron.count + 1 >= KILLED_AT and not doubtful:
            doubtful = kill_a_pass(server, cron)
            if doubtful:
                say(f"          pass {cron.count} was killed (SIGKILL) while the server worked on its request")
        else:
            cron.tick()
        time.sleep(max(0.0, next_tick - time.monotonic()))
        progress(began, place, server, cron)
        failed = [name for name, job in jobs.items() if job.poll() not in (None, 0)]
        if failed:
            raise DemoError(f"{failed[0]} failed: {processes.output(failed[0], 'err')}")
        if cron.failure():
            raise DemoError(cron.failure())
        if all(job.poll() == 0 for job in jobs.values()) and cron.is_done():
            cron.wait()
            return cron, doubtful, len(jobs) + 1  # heat.py has two ranks
        if time.monotonic() - began > PATIENCE:
            raise DemoError(f"not everything was delivered in {PATIENCE} s; the last pass said {cron.summaries()[-1:]}")


def report(server: Server, place: Place, journals: int) -> tuple[bool, dict[str, str]]:
    """Compare what the server holds with the journals, and print it.

    Args:
        server: What is asked.
        place: Where the journals are.
        journals: How many there must be.

    Returns:
        Whether all is equal; the server's identifiers of the runs by their keys.
    """
    written, identifiers = read_journals(journal_files(place.cache)), server.runs()
    held = {key: server.contents(identifier) for key, identifier in identifiers.items()}
    verdicts = judge(written, held)
    is_whole = sum(contents.journals for contents in written.values()) == journals and held.keys() <= written.keys()
    say(f"\nWhat the server holds, compared with the journals:\n\n{table(verdicts)}\n")
    is_one_plate = SHARED_PLATE not in held or report_plate(held)
    return is_whole and is_one_plate and all(verdict.is_equal for verdict in verdicts), identifiers


def report_plate(held: dict[str, Contents]) -> bool:
    """Print the temperature of the plate that was computed twice; return whether both say the same."""
    step, python, others, is_same = mean_temperatures(held[PLATE], held[SHARED_PLATE])
    say(f"The same plate twice, mean temperature at step {step}: {python:.9f} by two ranks in Python,")
    say(f"{others:.9f} by rank 0 in C and rank 1 in Fortran.{'' if is_same else ' They should be THE SAME.'}")
    return is_same


def run(*, seconds: float, keep: bool) -> int:
    """Carry out the demonstration; return the exit code."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simvue-demo-")))
        place, processes = Place(root), Processes(root / "log")
        stack.callback(processes.stop)
        compilation = Compilation(processes, place)
        server = start_server(processes, place)
        programs = compilation.wait()
        say(f"A server listens on {server.url}. On a node that knows neither its address nor a token run")
        say(f"{programs.description()}\nOn another node simvue_sender starts every second.\n")
        cron, doubtful, journals = deliver(processes, place, server, programs, seconds)
        lines, has_failed_as_planned = broken_on_purpose(server, cron, doubtful)
        say("\n" + "\n".join(lines))
        is_equal, identifiers = report(server, place, journals)
        if not is_equal:
            say("NOT equal: the server does not hold what the journals say.")
        elif not has_failed_as_planned:
            say("Equal, but not everything that was to go wrong did, so this proves less than it should. Run it again.")
        else:
            say(
                "Equal: every metric value with its step, time and time stamp, every event, fact, array and file, once."
            )
        if not keep:
            say("To look at the runs yourself: make demo KEEP=1")
        else:
            stay_up(server, identifiers)
        return 0 if is_equal and has_failed_as_planned else 1


def stay_up(server: Server, identifiers: dict[str, str]) -> None:
    """Say where the runs are, and wait for Ctrl-C."""
    say(f"\nThe server stays up until you press Ctrl-C. All runs: {server.url}/")
    for key, identifier in sorted(identifiers.items()):
        say(f"  {server.url}/runs/{identifier}  {key}")
    say(f"\nTOKEN={TOKEN}")
    say(f"curl -s -H \"Authorization: Bearer $TOKEN\" '{server.url}/api/runs/{identifiers[PLATE]}'")
    signal.pause()


def _interrupted(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    """Run from the command line; also when it is interrupted, nothing is left behind."""
    parser = argparse.ArgumentParser(description="Simulate offline, deliver, fail on purpose, and count what arrived.")
    parser.add_argument("--keep", action="store_true", help="leave the server up until Ctrl-C")
    parser.add_argument("--seconds", type=float, default=8, help="time limit of the simulation, 5 or more (8)")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, _interrupted)
    try:
        return run(seconds=arguments.seconds, keep=arguments.keep)
    except DemoError as error:
        say(f"demo: {error}")
        return 1
    except KeyboardInterrupt:
        say("\nstopped; nothing is left behind")
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
