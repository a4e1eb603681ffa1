"""What the application prints: a progress bar while the nodes work, and a report at the end."""

import sys
import time

BAR_CHARACTERS = 30
VALUE_CHARACTERS_MAX = 28
EXAMPLES = 3


class Progress:
    """One line that is drawn again and again; nothing when no terminal is there to look at it."""

    def __init__(self, label, out=sys.stderr):
        self.label, self.out = label, out
        self.visible = out.isatty()

    def __enter__(self):
        self.started = time.monotonic()
        return self

    def __exit__(self, *_):
        if self.visible:
            self.out.write("\r\033[K")

    def show(self, done, total):
        """`total` is None as long as it is not known."""
        if self.visible:
            self.out.write(f"\r\033[K{self.line(done, total, time.monotonic() - self.started)}")
            self.out.flush()

    def line(self, done, total, seconds):
        if not total:
            return f"{self.label} … {done:,} items" if done else f"{self.label} …"
        share = min(1.0, done / total)  # an item that is delivered twice is counted twice
        full = int(share * BAR_CHARACTERS)
        bar = "█" * full + "░" * (BAR_CHARACTERS - full)
        line = f"{self.label} {bar} {share:4.0%}  {done:,} of {total:,} items"
        if done and seconds:
            line += f", {done / seconds:,.0f}/s, {seconds * (1 / share - 1):.0f} s left"
        return line


def closing_report(table, people, figures, options, score_job):
    """Everything worth knowing, as one text."""
    several = [person for person in people if len(person["members"]) > 1]
    contacts = len(table.rows)
    possible = contacts * (contacts - 1) // 2
    seconds = figures["compare_seconds"]
    lines = ["", f"{contacts:,} contacts are {len(people):,} people; {len(several):,} of them were "
             f"there more than once. {figures['seconds']:.1f} s in all.", ""]
    for person in most_different(several, table.rows):
        lines += [*side_by_side(table.columns, table.rows, person), ""]
    lines += [
        f"  comparisons  {figures['comparisons']:,} of {possible:,} possible, "
        f"{figures['matches']:,} matches",
        f"  time         {seconds:.1f} s to split and compare, "
        f"{figures['comparisons'] / seconds:,.0f} comparisons a second",
        f"  nodes        {node_line(figures['nodes'])}"]
    if "quality" in figures:
        precision, recall = figures["quality"]
        lines += [f"  quality      precision {precision:.4f}, recall {recall:.4f}, "
                  "over all pairs of contacts"]
    lines += [f"  written to   {options.out}"]
    if options.hints:
        lines += ["", *what_next(options, score_job)]
    return "\n".join(lines)


def node_line(nodes):
    """Who did how much, and what it survived."""
    line = ", ".join(f"node {node['rank']}: {node.get('items') or 0:,} items" for node in nodes)
    restarts = sum(node.get("restarts") or 0 for node in nodes)
    return line + (f"; restarts: {restarts}, and nothing was lost" if restarts else "")


def most_different(several, rows):
    """People of two or three contacts whose contacts differ in the most columns."""
    def differing(person):
        return sum(len(set(values)) > 1 for values in zip(*(rows[i] for i in person["members"])))
    small = [person for person in several if len(person["members"]) <= 3]
    return sorted(small, key=differing, reverse=True)[:EXAMPLES]


def side_by_side(columns, rows, person):
    """A line a column: the value in each of the contacts, and what became of them."""
    contacts = [[f"row {member + 1}", *rows[member]] for member in person["members"]]
    table = [["", *columns], *contacts, ["merged", *person["contact"]]]
    widths = [min(VALUE_CHARACTERS_MAX, max(map(len, values))) for values in table]
    for line in zip(*table):
        yield "  " + "  ".join(map(fitted, line, widths)).rstrip()


def fitted(value, width):
    return value.ljust(width) if len(value) <= width else value[:width - 1] + "…"


def what_next(options, score_job):
    yield "What to try next:"
    if not options.all_pairs:
        yield "  --all-pairs               compare each with each: enough work to watch and disturb"
    yield f"  --nodes {options.nodes * 2:<18}more processes at the same queue"
    yield "  kill -9 PID               of a node while it works; its pid is in"
    yield f"                            GET {options.url}/v1/jobs/{score_job}"
    yield "  stop the server           and start it again while it works: the jobs go on"
    yield "  python3 with_multiprocessing.py    the same work without Erlust"
