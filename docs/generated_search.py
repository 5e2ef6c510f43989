"""Tables of docs/search.md, from the program and from stored results (used by cog)."""

from pathlib import Path
from typing import Any

from generated import measured

from searchapp.query.keys import ALIASES, KEYS


def filter_table() -> str:
    """One row per key of the query syntax."""
    rows = ["| filter | takes | also |", "| --- | --- | --- |"]
    for name, key in KEYS.items():
        aliases = ", ".join(f"`{alias}:`" for alias, meant in ALIASES.items() if meant == name)
        rows.append(f"| `{key.example}` | {key.expects} | {aliases} |")
    return "\n".join(rows)


def route_table() -> str:
    """One row per route of the HTTP API, as its OpenAPI document says."""
    from searchapp.api.app import create_app
    from searchapp.service import SearchService
    from searchapp.settings import Settings

    settings = Settings(library=Path("nowhere"))
    paths = create_app(SearchService(settings), settings).openapi()["paths"]
    rows = ["| route | does |", "| --- | --- |"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            does = " ".join(operation["description"].split())
            rows.append(f"| `{method.upper()} {path}` | {does} |")
    return "\n".join(rows)


def duplicates_table(name: str) -> str:
    """`benchmarks.near_duplicates`: which share of each edit a rule finds."""
    found = measured(name)
    edits = list(found["rules"][0]["found"])
    rows = [
        f"| rule | {' | '.join(edits)} | different pairs mistaken |",
        f"| --- |{' --: |' * len(edits)} --: |",
    ]
    for row in found["rules"]:
        shares = " | ".join(f"{row['found'][edit]:.3f}" for edit in edits)
        rows.append(f"| {row['rule']} | {shares} | {row['mistaken']} of {row['pairs']} |")
    return "\n".join(rows)


def relevance_table(name: str) -> str:
    """`benchmarks.relevance`: F1 of each way to cut off."""
    rows = [
        "| cut-off | F1 | recall | pictures shown | shown when absent | absent: nothing shown |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for title, row in measured(name)["cut_offs"].items():
        rows.append(
            f"| {title} | {row['f1']:.3f} | {row['recall']:.3f} | {row['shown_when_present']:.2f} "
            f"| {row['shown_when_absent']:.2f} | {row['absent_with_nothing']:.2f} |"
        )
    return "\n".join(rows)


def reliability_table(name: str) -> str:
    """`benchmarks.relevance`: what was said against what was."""
    found = measured(name)
    rows = ["| said | was | pairs |", "| --: | --: | --: |"]
    rows += [f"| {said:.3f} | {was:.3f} | {pairs} |" for said, was, pairs in found["reliability"]]
    rows += [
        "",
        f"Expected calibration error {found['calibration_error']:.4f} over all pairs, "
        f"{found['calibration_error_of_likely']:.4f} over those that are shown by default.",
    ]
    return "\n".join(rows)


def index_table(name: str) -> str:
    """`benchmarks.vector_search`: recall, latency and bytes of each index."""
    found = measured(name)
    rows = [
        f"{found['count']} vectors of {found['dimensions']} numbers, {found['data']}, "
        f"{found['cores']} cores:",
        "",
        "| index | recall@10 | p50 ms | p99 ms | processor ms | bytes a vector | build s |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]
    for row in found["rows"]:
        rows.append(
            f"| {row['index']} | {row['recall_at_10']:.4f} | {row['p50_ms']:.2f} "
            f"| {row['p99_ms']:.2f} | {row['processor_p50_ms']:.2f} "
            f"| {_of(row, 'bytes_a_vector')} | {_of(row, 'build_s')} |"
        )
    return "\n".join(rows)


def load_line(name: str) -> str:
    """`benchmarks.load` in a sentence."""
    found = measured(name)
    latency = {key: 1000 * value for key, value in found["latency_s"].items()}
    memory = [value / 2**20 for value in found["memory_bytes"]]
    errors = "no error" if not found["errors"] else "; ".join(found["errors"])
    different = found["different_queries"]
    asked = f"the same {different} queries over and over" if different else "every query a new one"
    pause = found["pause_s"]
    between = f"pauses of {pause:g} s on average" if pause else "no pause"
    return (
        f"- **{asked[0].upper()}{asked[1:]}**: {found['clients']} clients with {between} between "
        f"requests, {found['pictures']} "
        f"pictures, {found['seconds']} s on {found['cores']} cores that the load tool shares: "
        f"{found['requests_a_second']:.0f} answers a second, "
        f"p50 {latency['50']:.0f} ms, p95 {latency['95']:.0f} ms, p99 {latency['99']:.0f} ms, "
        f"{errors}; memory {memory[0]:.0f} MiB at the start, {memory[-1]:.0f} MiB at the end."
    )


def _of(row: dict[str, Any], key: str) -> str:
    value = row["more"].get(key)
    return "" if value is None else f"{value:.0f}"
