"""Brings a library up to date with folders: scan, diff, decode, encode, commit, sweep."""

import os
import queue
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from indexer.catalogue.snapshots import snapshot_if_due
from indexer.catalogue.store import Catalogue
from indexer.decode import DecodePool
from indexer.decode_worker import DecodeSettings
from indexer.diff import Diff
from indexer.encoding import BatchWriter, ImageEncoder
from indexer.errors import DiskFull
from indexer.forecast import SAMPLE, scaled, stored_bytes
from indexer.lock import library_lock
from indexer.models import ACTIVE, activate, discard_kept, ensure_model, lacking
from indexer.reading import add_lacking, requests
from indexer.report import FailedFile, Forecast, IndexOptions, IndexReport, Progress
from indexer.roots import RootScope, scopes
from indexer.scan import Scan, ScanRules
from indexer.sweep import RootOutcome, bring_back, finish_root, prune
from indexer.work_list import EMBED, WorkList

__all__ = ["FailedFile", "IndexOptions", "IndexReport", "Progress", "index"]

ShowProgress = Callable[[Progress], None]
Stop = Callable[[], bool]

_POLL_SECONDS = 0.2
_SHOW_SECONDS = 0.25
# Searches are to see finished pictures within 5 s, also while decoding is slow.
_OLDEST_PENDING_SECONDS = 2.0
# Long enough that a slow folder or a busy minute does not upset the time that is left.
_RATE_SECONDS = 300.0
# A run over fewer pictures is over before a forecast of it is of use.
_LONG_RUN = 200
# Mean bytes of a thumbnail of a photograph, for saying how much room is needed.
_THUMBNAIL = 15_000.0


def index(
    catalogue: Catalogue,
    library_folder: Path,
    options: IndexOptions,
    encoder: ImageEncoder,
    progress: ShowProgress = lambda _: None,
    stop: Stop = lambda: False,
) -> IndexReport:
    """Index new and changed pictures below the given folders and mark those that vanished.

    Interrupted or killed at any moment, it loses at most the batch in flight; the next run goes
    on from there. `stop` is asked a few times a second.

    Raises:
        LibraryLocked, FolderMissing, NotAFolder, VectorsUnusable, DecoderUnavailable, DiskFull,
        CatalogueDamaged, CatalogueBusy; ValueError for a pattern that is none.
    """
    with library_lock(library_folder):
        if catalogue.path is not None and catalogue.generation() > 0:
            snapshot_if_due(catalogue.path)
        run = _Run(catalogue, library_folder, options, encoder, progress, stop)
        try:
            return run.execute()
        finally:
            run.work.close()


@dataclass
class _Run:
    catalogue: Catalogue
    library_folder: Path
    options: IndexOptions
    encoder: ImageEncoder
    show: ShowProgress
    stop: Stop
    work: WorkList = field(default_factory=WorkList)
    outcomes: list[RootOutcome] = field(default_factory=list)
    failures: list[FailedFile] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)
    model_id: int = 0
    returned: int = 0
    interrupted: bool = False
    started: float = field(default_factory=time.monotonic)
    roots: dict[int, str] = field(default_factory=dict)
    done: int = 0
    forecast: Forecast | None = None

    def execute(self) -> IndexReport:
        with self.catalogue.write() as connection:
            self.model_id = ensure_model(connection, self.encoder)
            wanted = scopes(connection, self.options.paths)
        for scope in wanted:
            self._scan(scope)
        writer = None if self.interrupted else self._read_all()
        missing = self._finish()
        pruned = 0
        if self.options.prune and not self.interrupted:
            pruned, notices = prune(self.catalogue, self.outcomes, self.options.accept_loss)
            self.notices += notices
        active = self._switch()
        return self._report(writer, missing, pruned, active)

    def _scan(self, scope: RootScope) -> None:
        rules = ScanRules(self.options.excludes, self.options.follow_symlinks, self.options.hidden)
        scan = Scan(scope.path, rules)
        diff = Diff(scope.id, self.work, self.options.retry_failed)
        outcome = RootOutcome(scope, diff, scan)
        self.outcomes.append(outcome)
        before = sum(o.diff.seen for o in self.outcomes)
        clock = _Clock()
        with self.catalogue.read() as connection:
            for seen in diff.run(connection, scan.runs(scope.under), scope.under):
                if self.stop():
                    self.interrupted, outcome.complete = True, False
                    break
                if clock.due():
                    total = before + seen
                    folder = os.path.join(scope.path, scan.folder)
                    self.show(Progress("Scanning", total, total, None, 0, 0.0, None, folder))
            try:
                outcome.device = os.stat(scope.path).st_dev & ((1 << 63) - 1)
            except OSError:
                outcome.device = None
            if outcome.complete:
                outcome.judge_folder(connection)
        self.failures += [
            FailedFile(os.path.join(scope.path, failure.path), failure.reason, failure.detail)
            for failure in diff.known_failures
        ]

    def _read_all(self) -> BatchWriter | None:
        """Read, encode and commit everything on the work list."""
        away = {o.scope.id for o in self.outcomes if o.away is not None}
        # Files of a folder that is away did not move, even if copies turn up elsewhere.
        sources = {key for o in self.outcomes if o.away is None for key in o.vanished}
        with self.catalogue.write() as connection:
            self.returned = bring_back(connection, self.outcomes)
        with self.catalogue.read() as connection:
            add_lacking(connection, self.work, self.model_id, away, sources)
            self.roots = {scope.id: scope.path for scope in scopes(connection, ())}
        if not len(self.work):
            return None
        workers = self.options.workers or max(1, (os.cpu_count() or 2) - 1)
        pool = DecodePool(
            self._decode_settings(),
            self.encoder.preprocessing,
            requests(self.catalogue, self.work, self.roots, self.model_id),
            min(workers, len(self.work)),
            slots=2 * self.options.batch_size + workers,
        )
        try:
            writer = BatchWriter(
                self.catalogue,
                self.library_folder,
                self.encoder,
                self.model_id,
                pool,
                sources,
                self.options.batch_size,
            )
            self._consume(pool, writer)
        except DiskFull as error:
            left = len(self.work) - self.done
            needed = max(error.needed_bytes, round(left * stored_bytes(self.encoder, _THUMBNAIL)))
            raise DiskFull(error.path, needed, error.free_bytes) from error
        finally:
            pool.close()
        for outcome in self.outcomes:
            if outcome.away is None:
                outcome.vanished &= sources
        return writer

    def _consume(self, pool: DecodePool, writer: BatchWriter) -> None:  # type: ignore[type-arg]
        pace = _Pace(len(self.work))
        clock = _Clock()
        folder = ""
        while True:
            if self.stop():
                self.interrupted = True
                break
            writer.flush_if_older(_OLDEST_PENDING_SECONDS)
            if clock.due():
                self._foresee(writer)
                self.show(self._indexing(pace, folder))
            try:
                result = pool.next_result(_POLL_SECONDS)
            except queue.Empty:
                continue
            if result is None:
                break
            self.done += 1
            item = result.tag
            folder = os.path.dirname(os.path.join(self.roots[item.root_id], item.path))
            if result.skip is not None:
                if item.kind != EMBED:
                    self.skipped[result.skip] += 1
                continue
            if result.reason is not None:
                path = os.path.join(self.roots[item.root_id], item.path)
                self.failures.append(FailedFile(path, result.reason, result.facts["detail"]))
            writer.add(result)
        if self.interrupted:
            writer.flush_read()
        else:
            writer.flush()
        self.show(self._indexing(pace, folder))

    def _foresee(self, writer: BatchWriter) -> None:
        """Forecast a long run once, from its own first pictures: nothing is read for it alone."""
        if self.forecast is not None or len(self.work) < _LONG_RUN:
            return
        timings = writer.timings()
        if timings is not None and timings.sampled >= SAMPLE:
            self.forecast = scaled(timings, len(self.work), 0, self.options, self.encoder)

    def _indexing(self, pace: "_Pace", folder: str) -> Progress:
        rate, remaining = pace.at(self.done)
        return Progress(
            stage="Indexing",
            seen=sum(outcome.diff.seen for outcome in self.outcomes),
            done=self.done,
            total=len(self.work),
            failed=len(self.failures),
            rate=rate,
            remaining_seconds=remaining,
            folder=folder,
            forecast=self.forecast,
        )

    def _decode_settings(self) -> DecodeSettings:
        options = self.options
        return DecodeSettings(
            image_size=self.encoder.image_size,
            pixel_limit=options.pixel_limit,
            byte_limit=options.byte_limit,
            seconds=options.decode_seconds,
            memory_bytes=options.decode_memory_bytes,
            exact=options.exact_decode,
            follow_symlinks=options.follow_symlinks,
        )

    def _finish(self) -> int:
        missing = 0
        for outcome in self.outcomes:
            if not outcome.complete:
                continue
            with self.catalogue.write() as connection:
                if not self.options.accept_loss:
                    outcome.judge_loss(connection)
                finish_root(connection, outcome)
            missing += len(outcome.vanished)
            self._note(outcome)
        return missing

    def _note(self, outcome: RootOutcome) -> None:
        folder = outcome.scope.path
        if outcome.away is not None:
            self.notices.append(
                f"{folder} {outcome.away}: nothing was deleted; its pictures stay out of results"
                " until a run finds them again."
            )
        self.notices += [
            f"{os.path.join(folder, place.path)} could not be read ({place.detail});"
            " what is known of it stays as it was."
            for place in outcome.scan.unreadable
            if outcome.away is None
        ]

    def _switch(self) -> bool:
        """Make the model active once every live picture has its vector; says whether it is."""
        with self.catalogue.write() as connection:
            state = connection.exec_driver_sql(
                f"SELECT state FROM model WHERE id = {self.model_id}"  # noqa: S608
            ).scalar_one()
            if state != ACTIVE:
                left = lacking(connection, self.model_id)
                if left or self.interrupted:
                    self.notices.append(
                        f"{left} pictures have no vector of {self.encoder.name} yet;"
                        " searches use the former model until all have."
                    )
                    return False
                activate(connection, self.model_id)
        if self.options.discard_old:
            discard_kept(self.catalogue)
        return True

    def _report(
        self, writer: BatchWriter | None, missing: int, pruned: int, active: bool
    ) -> IndexReport:
        for outcome in self.outcomes:
            self.skipped.update(outcome.scan.skipped)
        scanned = sum(outcome.diff.seen for outcome in self.outcomes)
        known_failed = sum(len(outcome.diff.known_failures) for outcome in self.outcomes)
        unchanged = sum(outcome.diff.unchanged for outcome in self.outcomes)
        # Files met while scanning are pictures by name; the scan's own skips come on top.
        seen = scanned + sum(sum(outcome.scan.skipped.values()) for outcome in self.outcomes)
        indexed = updated = moved = failed = embedded = 0
        if writer is not None:
            tally = writer.tally
            indexed, updated, moved = tally.indexed, tally.updated, tally.moved
            failed, embedded = tally.failed, tally.embedded
            unchanged += tally.unchanged
        if self.interrupted:
            # What a stopped run did not come to is left for the next one: not counted as seen.
            seen = indexed + unchanged + updated + moved + failed + known_failed
            seen += sum(self.skipped.values())
        seconds = time.monotonic() - self.started
        return IndexReport(
            indexed=indexed,
            unchanged=unchanged,
            updated=updated,
            moved=moved,
            missing=missing,
            failed=failed + known_failed,
            skipped=sum(self.skipped.values()),
            seen=seen,
            failures=tuple(self.failures),
            seconds=seconds,
            images_per_second=embedded / seconds if seconds else 0.0,
            model=self.encoder.name,
            embedded=embedded,
            returned=self.returned,
            pruned=pruned,
            interrupted=self.interrupted,
            active=active,
            notices=tuple(self.notices),
            skipped_reasons=dict(self.skipped),
        )


class _Clock:
    """Says when it is time to show progress again."""

    def __init__(self) -> None:
        self._next = 0.0

    def due(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + _SHOW_SECONDS
        return True


class _Pace:
    """Files per second over the last minutes, and what that means for the rest.

    Counted from the first file on: starting the decoders and the model is no part of the pace.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._points: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def at(self, done: int) -> tuple[float, float | None]:
        now = time.monotonic()
        if done == 0:
            self._points.clear()
        self._points.append((now, done))
        while now - self._points[0][0] > _RATE_SECONDS and len(self._points) > 2:
            self._points.popleft()
        since, before = self._points[0]
        if done == before or now <= since:
            return 0.0, None
        rate = (done - before) / (now - since)
        return rate, (self._total - done) / rate
