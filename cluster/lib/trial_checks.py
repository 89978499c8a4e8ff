"""What must hold after a trial, as a list of faults."""

import re

# "[rank 2 on host] rank 2 waited 4.0 s for rank 0 in vain: all-reduce 'gradient bucket 3' (collective 17, ...". A rank
# that does not wait when Open MPI ends the job says where it is.
WAITED = r"\[rank {0} on \S+\] rank {0} waited [0-9.]+ s for rank \d.*\(collective \d+"
MISMATCH = r"\[rank {0} on \S+\] rank {0} is in .*\(collective \d+.*, and rank \d+ in .*\(collective \d+"
ENDED = r"\[rank {0} on \S+\] was ended by Open MPI.*(\(collective \d+|MPI_Finalize)"
LEAVING = r"\[rank {0} on \S+\] rank {0} waited [0-9.]+ s for the other ranks in MPI_Finalize"


def statuses(folder):
    """Rank to status, as `cluster/virtual run --statuses` has written them."""
    if not (folder / "statuses").exists():
        return {}
    words = [line.split() for line in (folder / "statuses").read_text().splitlines()]
    return {int(rank): status for rank, _, status, _ in words}


def of_statuses(found, culprits, ranks=4):
    """All ranks but CULPRITS say that they were left alone; those may end as the launcher has it."""
    for rank in range(ranks):
        if rank not in culprits and found.get(rank) not in ("70", "71"):
            yield f"rank {rank} ended with status {found.get(rank)}"


def of_sentences(log, culprits, sentences, ranks=4):
    for rank in range(ranks):
        if rank not in culprits and not any(re.search(text.format(rank), log) for text in sentences):
            yield f"rank {rank} did not say for whom it waited, and in which collective"


def of_report(log, culprit, alone):
    """The stall report must name CULPRIT at least once; ALONE: and nobody else."""
    named = [set(re.findall(r"[0-9]+", ranks)) for ranks in re.findall(r"^No answer from ranks? ([0-9, ]+) of", log, re.M)]
    if not any(ranks == {str(culprit)} if alone else str(culprit) in ranks for ranks in named):
        yield f"no report says that rank {culprit} did not answer; named: {named or 'none'}"
