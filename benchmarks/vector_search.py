"""How fast, how right and how large is vector search, and against what?

    python -m benchmarks.vector_search --count 1000000 --dimensions 1024

Builds the index as the program does, over clustered synthetic vectors or those of a file
(`--vectors FILE.npy`, float16 or float32 [N, D]; its name says in the table what they are), and
times single queries one after another, against plain FAISS in the same run.
Recall is against exact search over full-width vectors.
Prints a table and writes one JSON with all timings. Data, index and finished rows are kept in
`--scratch` and `--out`: a run that was interrupted goes on where it stopped.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from indexer.vectors import VectorIndex
from indexer.vectors.exact import cut, spans
from indexer.vectors.recall import overlap

K = 10
SEED = 11
HIDDEN = 64
_CHUNK = 20_000


class ArraySource:
    """A VectorSource over an array [N, D]; ids are rows plus one."""

    fingerprint = "benchmark"

    def __init__(self, vectors: np.ndarray) -> None:
        self.vectors = vectors
        self.dimensions = vectors.shape[1]
        self.added = len(vectors)
        self.gone = np.empty(0, dtype=np.int64)
        self.now = 1

    def generation(self) -> int:
        return self.now

    def count(self) -> int:
        return self.added - len(self.gone)

    def batches(self, size: int = 4096) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start, stop in spans(self.added, size):
            yield np.arange(start, stop) + 1, np.asarray(self.vectors[start:stop])

    def changes_since(self, generation: int) -> tuple[np.ndarray, np.ndarray]:
        return np.arange(self.added, len(self.vectors)) + 1, self.gone

    def fetch(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return ids, np.asarray(self.vectors[ids - 1])


def synthetic(count: int, dimensions: int, path: Path) -> np.ndarray:
    """float16 [count, dimensions]: clusters of uneven size, columns of falling weight.

    A picture is a point near a cluster's centre in 64 hidden dimensions (pictures of a real model
    fill few more, however wide the vectors), carried into all columns through a smooth bend; the
    weight of columns falls as in the prefixes of a Matryoshka model. A little noise is added.
    """
    random = np.random.default_rng(SEED)
    weight = (1.0 / np.sqrt(1 + np.arange(dimensions) / 64)).astype(np.float32)
    carry = random.standard_normal((HIDDEN, dimensions), dtype=np.float32) / np.sqrt(HIDDEN)
    centres = random.standard_normal((2000, HIDDEN), dtype=np.float32)
    popularity = random.dirichlet(np.full(len(centres), 0.5))
    shape = (count, dimensions)
    if path.exists() and path.stat().st_size == 2 * count * dimensions:
        return np.memmap(path, dtype=np.float16, mode="r", shape=shape)
    partial = path.with_suffix(".part")
    vectors = np.memmap(partial, dtype=np.float16, mode="w+", shape=shape)
    for start, stop in spans(count, _CHUNK):
        size = stop - start
        hidden = centres[random.choice(len(centres), size, p=popularity)]
        hidden = hidden + 0.6 * random.standard_normal((size, HIDDEN), dtype=np.float32)
        points = np.tanh(hidden @ carry) * weight
        points += 0.05 * random.standard_normal((size, dimensions), dtype=np.float32) * weight
        vectors[start:stop] = points / np.linalg.norm(points, axis=1, keepdims=True)
    vectors.flush()
    partial.rename(path)
    return np.memmap(path, dtype=np.float16, mode="r", shape=shape)


def timed(search: Callable[[np.ndarray], np.ndarray], queries: np.ndarray) -> dict[str, object]:
    """ids of each query and the milliseconds that each took, one after another.

    processor: of all threads together, which other programs on the machine change little.
    """
    for query in queries[:20]:
        search(query[None])  # pages of the files, threads, caches
    ids, took, processor = [], [], []
    for query in queries:
        began, used = time.perf_counter(), time.process_time()
        ids.append(search(query[None])[0])
        took.append(1000 * (time.perf_counter() - began))
        processor.append(1000 * (time.process_time() - used))
    return {"ids": np.stack(ids), "milliseconds": took, "processor": processor}


def exact_ids(vectors: np.ndarray, rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """ids [Q, K] by plain matrix products in float32."""
    best = np.full((len(queries), K), -np.inf, np.float32)
    ids = np.zeros((len(queries), K), np.int64)
    for start, stop in spans(len(rows), _CHUNK):
        scores = queries @ np.asarray(vectors[rows[start:stop]], dtype=np.float32).T
        joined = np.concatenate([best, scores], axis=1)
        named = np.concatenate([ids, np.broadcast_to(rows[start:stop] + 1, scores.shape)], axis=1)
        top = np.argpartition(-joined, K, axis=1)[:, :K]
        best = np.take_along_axis(joined, top, 1)
        ids = np.take_along_axis(named, top, 1)
    return ids


def plain_faiss(spec: str, vectors: np.ndarray, width: int, nprobe: int) -> tuple[object, float]:
    """A FAISS index over truncated vectors, as one would make it by hand; seconds to build."""
    import faiss

    began = time.perf_counter()
    index = faiss.index_factory(width, spec, faiss.METRIC_INNER_PRODUCT)
    if not index.is_trained:
        rows = np.sort(
            np.random.default_rng(1).choice(len(vectors), min(len(vectors), 200_000), False)
        )
        index.train(cut(np.asarray(vectors[rows]), width))
    for start, stop in spans(len(vectors), _CHUNK):
        index.add(cut(np.asarray(vectors[start:stop]), width))
    if nprobe:
        faiss.extract_index_ivf(index).nprobe = nprobe
    return index, time.perf_counter() - began


class Results:
    """Rows of the table, written after each, so that no finished one is measured again."""

    def __init__(self, path: Path, facts: dict[str, object]) -> None:
        self.path = path
        self.facts = facts
        self.rows: list[dict[str, object]] = []
        if path.exists():
            before = json.loads(path.read_text())
            # Figures of another machine, other data or another seed do not merge.
            if {key: before.get(key) for key in facts} == facts:
                self.rows = before["rows"]

    def has(self, kind: str) -> bool:
        """Whether there is a row of this kind, and so all of its kind."""
        return any(row["kind"] == kind for row in self.rows)

    def add(
        self,
        kind: str,
        name: str,
        measured: dict[str, object],
        truth: np.ndarray,
        **more: float | None,
    ) -> None:
        took = np.asarray(measured["milliseconds"])
        self.rows.append(
            {
                "kind": kind,
                "index": name,
                "recall_at_10": overlap(measured["ids"], truth),
                "p50_ms": float(np.quantile(took, 0.5)),
                "p99_ms": float(np.quantile(took, 0.99)),
                "processor_p50_ms": float(np.quantile(measured["processor"], 0.5)),
                "more": more,
                "milliseconds": [round(float(one), 4) for one in took],
            }
        )
        self.path.write_text(json.dumps({**self.facts, "rows": self.rows}))
        print(line(self.rows[-1]), flush=True)


def line(row: dict[str, object]) -> str:
    more = "  ".join(f"{key} {value:.1f}" for key, value in row["more"].items())
    return (
        f"{row['index']:60} recall@10 {row['recall_at_10']:.4f}  p50 {row['p50_ms']:8.3f} ms"
        f"  p99 {row['p99_ms']:8.3f} ms"
        f"  processor {row['processor_p50_ms']:8.3f} ms  {more}"
    )


def true_ids(source: ArraySource, queries: np.ndarray, path: Path) -> np.ndarray:
    """ids [Q, K], computed once."""
    if not path.exists():
        np.save(path, exact_ids(source.vectors, np.arange(source.added), queries))
    return np.load(path)


def measure_ours(
    source: ArraySource, queries: np.ndarray, truth: np.ndarray, folder: Path, results: Results
) -> None:
    index = VectorIndex.open(folder, source)
    stats = index.stats()
    print(stats, flush=True)
    facts = {
        "build_s": stats.build_seconds,
        "bytes_a_vector": stats.bytes_per_vector,
        "recall_it_states": stats.recall_at_10,
    }
    found = timed(lambda query: index.search(query, K)[0], queries)
    few = queries[: max(20, len(queries) // 10)]
    exact = timed(lambda query: index.search(query, K, exact=True)[0], few[:20])
    random = np.random.default_rng(3)
    everything = np.arange(source.added)
    narrow = []
    for share in (0.001, 0.01, 0.1, 0.5):
        kept = np.sort(random.choice(everything, int(share * len(everything)), replace=False))
        answers = timed(lambda q, kept=kept: index.search(q, K, allowed=kept + 1)[0], few)
        narrow.append((share, answers, exact_ids(source.vectors, kept, few)))
    index.close()
    kind = "searchapp"
    results.add(kind, f"searchapp: {stats.family}, {stats.parameters}", found, truth, **facts)
    results.add(kind, "searchapp: exact", exact, truth[:20])
    for share, answers, right in narrow:
        results.add(kind, f"searchapp: filter keeps {share:.1%}", answers, right)


def measure_plain(
    spec: str, source: ArraySource, queries: np.ndarray, truth: np.ndarray, results: Results
) -> None:
    import faiss

    width, _, factory = spec.partition(":")
    name, _, nprobe = factory.partition("@")
    plain, seconds = plain_faiss(name, source.vectors, int(width), int(nprobe or 0))
    size = len(faiss.serialize_index(plain)) if plain.ntotal <= 200_000 else None
    asked = queries[: 50 if name == "Flat" else 300]
    found = timed(lambda q: plain.search(cut(q, int(width)), K)[1] + 1, asked)
    more = {"build_s": seconds} | ({"bytes_a_vector": size / plain.ntotal} if size else {})
    results.add(spec, f"plain FAISS {spec}", found, truth[: len(asked)], **more)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--dimensions", type=int, default=1024)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument(
        "--against",
        nargs="*",
        default=["1024:Flat", "256:HNSW32,SQ8", "256:IVF4096,Flat@64"],
        help="plain FAISS to compare with: WIDTH:FACTORY[@NPROBE]",
    )
    parser.add_argument("--out", type=Path, default=Path("vector_search.json"))
    options = parser.parse_args(argv)
    options.scratch.mkdir(parents=True, exist_ok=True)
    # Queries are more of the same, left out of the library.
    name = f"vectors-{options.count}x{options.dimensions}"
    if options.vectors is None:
        total = options.count + options.queries
        every = synthetic(total, options.dimensions, options.scratch / f"{name}.f16")
    else:
        every = np.load(options.vectors, mmap_mode="r")
        name = options.vectors.stem
    stored, asked = every[: -options.queries], every[-options.queries :]
    queries = np.asarray(asked, dtype=np.float32)
    source = ArraySource(stored)
    facts = {
        "cores": os.cpu_count(),
        "machine": platform.processor() or platform.machine(),
        "count": len(stored),
        "dimensions": int(stored.shape[1]),
        "queries": len(queries),
        "data": options.vectors.stem if options.vectors else "clustered synthetic",
        "seed": SEED,
    }
    results = Results(options.out, facts)
    for done in results.rows:
        print(line(done))
    truth = true_ids(source, queries, options.scratch / f"{name}-{len(queries)}-truth.npy")
    if not results.has("searchapp"):
        measure_ours(source, queries, truth, options.scratch / f"{name}-index", results)
    for spec in options.against:
        if not results.has(spec):
            measure_plain(spec, source, queries, truth, results)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
