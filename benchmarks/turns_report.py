"""The report on sides that took turns: rates, ratios turn by turn, and peaks of memory."""

import harness

NOTES = (
    "Medians over the turns, with the smallest and largest. Processors used: processor time over time; less than there",
    "are threads where other programs took some. Peak memory: the largest of a process.",
)


def ratios(above, below):
    """Of the side ABOVE over the side BELOW, each with its "wall" and "processor" seconds of every turn."""
    return {
        "images_per_second": harness.spread([b / a for a, b in zip(above["wall"], below["wall"], strict=True)]),
        "images_per_second_fastest": min(below["wall"]) / min(above["wall"]),
        "images_per_processor_second": harness.spread(
            [b / a for a, b in zip(above["processor"], below["processor"], strict=True)]
        ),
        "peak_bytes": above["peak_bytes"] / below["peak_bytes"],
    }


def summary(images, turns, report):
    """Of one side: TURNS as `turns.Side.run` returned them, IMAGES in each."""
    wall = [sum(turn["seconds"]) for turn in turns]
    processor = [turn["processor_seconds"] for turn in turns]
    return {
        "images_per_second": harness.spread([images / seconds for seconds in wall]),
        "processors_used": harness.spread([b / a for a, b in zip(wall, processor, strict=True)]),
        "peak_bytes": report["peak_bytes"],
        "wall": wall,
        "processor": processor,
    }


def tables(sides, compared):
    lines = ["| | images/s | processors used | peak memory, MB |", "| --- | --- | --- | --- |"]
    for name, side in sides.items():
        rate, processors = (harness.show(side[key]) for key in ("images_per_second", "processors_used"))
        lines.append(f"| {name} | {rate} | {processors} | {side['peak_bytes'] / 1e6:.0f} |")
    lines += [
        "",
        "| ratio | images/s, turn by turn | half of the turns | fastest turns | images per processor second | memory |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, ratio in compared.items():
        speed = ratio["images_per_second"]
        cells = (
            name,
            harness.show(speed),
            f"{speed['lower_quartile']:.3g} to {speed['upper_quartile']:.3g}",
            f"{ratio['images_per_second_fastest']:.3g}",
            harness.show(ratio["images_per_processor_second"]),
            f"{ratio['peak_bytes']:.3g}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def write(name, title, options, about, rounds, reports, pairs, remarks=()):
    """Writes the report NAME on what `turns.take_turns` returned, with a ratio for each of PAIRS of sides."""
    first = pairs[0][0]
    steps = len(rounds[0][first]["seconds"])
    images = steps * options.batch * reports[first]["ranks"]
    sides = {side: summary(images, [turns[side] for turns in rounds], report) for side, report in reports.items()}
    compared = {f"{above} / {below}": ratios(sides[above], sides[below]) for above, below in pairs}
    keys = ("torch", "torchvision", "onednn_in_torch")
    versions = {key: report[key] for report in reports.values() for key in keys if key in report}
    data = {
        "command": harness.this_command(),
        "machine": about,
        "versions": versions,
        "ratios": compared,
        "sides": sides,
        "reports": reports,
        "steps_in_a_turn": steps,
        "turns": rounds,
    }
    lines = [
        f"# {title}",
        "",
        f"Command: `{harness.this_command()}`: {len(rounds)} turns, {steps} step{'s' if steps > 1 else ''} in each.",
        *harness.machine_lines(about, versions.items()),
        *remarks,
        *NOTES,
        "",
        *tables(sides, compared),
    ]
    harness.write_report(name, data, lines, options.output)
