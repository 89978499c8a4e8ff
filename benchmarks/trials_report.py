#!/usr/bin/env python3
"""Brings the report of trials up to date with the results of a run: launch/test --long.

RESULTS has a line of JSON for each result (Tests/TestSupport/Trials.swift); those of one fault and observable are added up.
Rows of the REPORT that did not run stay as they were. Exit status: 1 when a trial failed or none ran.
"""

import argparse
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import harness

HEADER = """# What faults cost a job

Rows come from `launch/test --long`, which does all trials; `launch/test` does a sample of each. ARCHITECTURE.md and
docs/checkpoints.md say what is promised.
"""
COLUMNS = ("fault", "observable", "trials", "passed", "note", "run")


def rows_of_report(text):
    """(fault, observable) to the cells of its row."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row] for row in rows if len(row) == len(COLUMNS)]
    return {(row[0], row[1]): row for row in cells if row[0] not in ("fault", "---")}


def rows_of_results(lines, run):
    found = {}
    for line in filter(str.strip, lines):
        result = json.loads(line)
        key = (cell(result["fault"]), cell(result["observable"]))
        total = found.setdefault(key, {"trials": 0, "passed": 0, "notes": []})
        total["trials"] += result["trials"]
        total["passed"] += result["passed"]
        if result["note"] and result["note"] not in total["notes"]:
            total["notes"].append(result["note"])
    return {
        key: [*key, f"{total['trials']:,}", f"{total['passed']:,}", cell("; ".join(total["notes"])), run]
        for key, total in found.items()
    }


def cell(text):
    return " ".join(text.replace("|", "/").split())


def runs_of_report(text):
    """Number of a run to what was run where."""
    lines = [line.partition(". ") for line in text.partition("## Runs")[2].splitlines()]
    return {int(number): text for number, _, text in lines if number.isdigit()}


def description(command):
    about = harness.machine()
    return (
        f"{about['date']}, `{command}`, commit {about['commit']}: {about['processors']} processors ({about['processor']}), "
        f"{about['system']}"
    )


def write(report, rows, runs):
    lines = [HEADER, f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    lines += [f"| {' | '.join(row)} |" for _, row in sorted(rows.items())]
    used = {int(row[-1]) for row in rows.values()}
    lines += ["", "## Runs", "", *(f"{number}. {text}" for number, text in sorted(runs.items()) if number in used)]
    report.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", required=True, help="as the report names it")
    parser.add_argument("results", type=Path)
    parser.add_argument("report", type=Path)
    options = parser.parse_args()
    text = options.report.read_text() if options.report.exists() else ""
    runs = runs_of_report(text)
    number = max(runs, default=0) + 1
    found = rows_of_results(options.results.read_text().splitlines(), str(number))
    runs[number] = description(options.command)
    if found:
        write(options.report, {**rows_of_report(text), **found}, runs)
    failed = [row for row in found.values() if row[2] != row[3]]
    for row in failed:
        print(f"FAILED: {row[0]}: {row[3]} of {row[2]}")
    print(f"{len(found)} rows of {options.report} are new, {len(failed)} with failures")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
