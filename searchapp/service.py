"""The one composer: every verb of searchapp, whichever door it came through."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import sqlalchemy as sa

from searchapp.error_table import ROOM_BASES, sentence_for
from searchapp.errors import LibraryEmpty, ModelChanged, PictureFileGone
from searchapp.jobs import IndexJob, JobState
from searchapp.library import Library
from searchapp.models import ModelEntry, Models
from searchapp.requests import DuplicateKind, IndexRequest, SearchRequest
from searchapp.results import FileFailure, IndexOutcome, PictureDetail, SearchResult
from searchapp.settings import Settings

if TYPE_CHECKING:
    from indexer.catalogue import Catalogue
    from indexer.catalogue.tables import Model
    from indexer.pipeline import Progress
    from indexer.vectors import VectorIndex
    from indexer.verify import VerifyReport
    from pd_clip.encoder import Encoder
    from pd_clip.preparation import ImageSizeCost, Prepared
    from pd_clip.pull import Pulled
    from pd_clip.registry import KnownModel
    from pd_clip.verify import Verification
    from searchapp.calibrating import CalibrationOutcome, CalibrationRequest
    from searchapp.captioning import CaptionVectorsOutcome
    from searchapp.checkpoints import VerifyOptions
    from searchapp.duplicates import DuplicateFile, Duplicates
    from searchapp.evaluation import (
        AgreementRequest,
        AgreementResult,
        EvaluationProgress,
        EvaluationRequest,
        EvaluationResult,
    )
    from searchapp.evaluation.notice import LanguageNotices
    from searchapp.exchanging import ExportOutcome, ImportOutcome
    from searchapp.pictures import PictureFile, Pictures
    from searchapp.searching import Searcher
    from searchapp.status import Status
    from searchapp.upkeep import Estimate

Show = Callable[["Progress"], None]
Stop = Callable[[], bool]


class SearchService:
    """Searches and keeps one library. Opens and loads nothing before it is needed.

    Safe to share between threads; close it at the end. say: told in a sentence what a person at
    this machine should know, such as that an engine failed and another is used.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None] | None = None) -> None:
        self.settings = settings
        self.library = Library(settings.library, settings.database)
        self.say = say or logging.getLogger("searchapp").warning
        self._models = Models(settings, self.say)
        self._lock = RLock()
        self._catalogue: Catalogue | None = None
        self._searcher: Searcher | None = None
        self._language_notices: LanguageNotices | None = None
        self._job = IndexJob(lambda error: sentence_for(error) or repr(error))

    def close(self) -> None:
        """Stop background work and give everything back."""
        self._job.close()
        with self._lock:
            self._close_catalogue()

    # --- searching ---

    def search(self, request: SearchRequest) -> SearchResult:
        """A page of hits.

        Raises LibraryEmpty, ModelChanged, QueryInvalid, WidthNotAllowed, QueryPictureUnreadable,
        CursorInvalid.
        """
        searcher = self.searcher()
        result = searcher.search(request)
        notice = self._language_notice(request.text, result.model, searcher.fingerprint)
        return replace(result, notices=(*result.notices, notice)) if notice else result

    def _language_notice(self, text: str | None, model: str, fingerprint: str) -> str | None:
        if not text:
            return None
        if self._language_notices is None:
            from searchapp.evaluation.with_library import language_notices

            self._language_notices = language_notices(self)
        return self._language_notices.of(text, model, fingerprint)

    def searcher(self) -> "Searcher":
        """The searcher over the active model's vectors, made anew when that model changes.

        Raises LibraryEmpty.
        """
        from indexer.caption_vectors import searched_vectors
        from indexer.vectors import VectorIndex
        from searchapp.searching import Searcher

        with self._lock:
            kept = self._searcher
            if kept is not None:
                if searched_vectors(self.catalogue()) == (kept.fingerprint, kept.searches_captions):
                    return kept
                self._drop_searcher()
            active = self.active_model()
            captions = self._has_caption_vectors(active)
            index = VectorIndex.open(
                self._vectors_folder(active), self.catalogue().vector_source(active.fingerprint)
            )
            self._searcher = Searcher(
                self.catalogue(),
                index,
                cache(lambda: self._encoder_of(active)),
                active,
                self.settings.min_relevance,
                self._caption_index(active) if captions else None,
            )
            return self._searcher

    def duplicates(self, kinds: Sequence[DuplicateKind]) -> "Duplicates":
        """Pictures that are there more than once. Raises LibraryEmpty."""
        from searchapp.duplicates import find_duplicates

        return find_duplicates(self.catalogue(), self.searcher().index, kinds)

    def edits(self, picture_id: int) -> "Sequence[DuplicateFile]":
        """Other pictures that are this one, scaled or edited. Raises PictureUnknown."""
        from searchapp.duplicates import find_edits

        self.picture(picture_id)
        return find_edits(self.catalogue(), self.searcher().index, picture_id)

    def opened_searcher(self) -> "Searcher | None":
        """The searcher if a search has needed it already; opens nothing."""
        return self._searcher

    # --- pictures ---

    def pictures(self) -> "Pictures":
        """Read access to the catalogue's pictures. Raises LibraryEmpty."""
        from searchapp.pictures import Pictures

        return Pictures(self.catalogue())

    def picture(self, picture_id: int) -> PictureDetail:
        """All that is known of a picture. Raises PictureUnknown."""
        return self.pictures().detail(picture_id)

    def thumbnail(self, picture_id: int) -> Path:
        """The WebP file of a picture's thumbnail. Raises PictureUnknown, PictureFileGone.

        One that is missing or damaged is made again from the picture.
        """
        from indexer.thumbnail_repair import mend_thumbnail
        from indexer.thumbnails import thumbnail_path

        folder, content_hash = self.library.folder, self.pictures().thumbnail_hash(picture_id)
        if not mend_thumbnail(self.catalogue(), folder, picture_id, content_hash):
            raise PictureFileGone(picture_id)
        return thumbnail_path(folder, content_hash)

    def file(self, picture_id: int) -> "PictureFile":
        """A readable file of a picture. Raises PictureUnknown, PictureFileGone."""
        return self.pictures().file(picture_id)

    # --- the library ---

    def catalogue(self) -> "Catalogue":
        """The open catalogue. Raises LibraryEmpty when nothing was ever indexed."""
        from indexer.catalogue import Catalogue
        from indexer.errors import CatalogueMissing

        with self._lock:
            self._let_go_of_replaced()
            if self._catalogue is None:
                if not self.library.exists:
                    raise LibraryEmpty(self.library.folder)
                try:
                    self._catalogue = Catalogue.open(self.library.catalogue_address)
                except CatalogueMissing as error:  # a database that nothing was indexed into yet
                    raise LibraryEmpty(self.library.folder) from error
            return self._catalogue

    def make_catalogue(self) -> "Catalogue":
        """The open catalogue, made if there is none. Raises LibraryUnwritable."""
        from indexer.catalogue import Catalogue

        with self._lock:
            self._let_go_of_replaced()
            if self._catalogue is None:
                self.library.make()
                self._catalogue = Catalogue.open(self.library.catalogue_address, create=True)
            return self._catalogue

    def index(self, request: IndexRequest, show: Show, stop: Stop) -> IndexOutcome:
        """Bring the library up to date with folders; see `IndexRequest`.

        Raises NoPictures, WidthNotAllowed, LibraryUnwritable and the indexer's errors.
        """
        from searchapp.indexing import run

        return run(self, request, show, stop)

    def watch(self, request: IndexRequest, show: Show, stop: Stop) -> IndexOutcome:
        """Index folders, then go on with what changes in them until `stop`."""
        from searchapp.indexing import watch

        return watch(self, request, show, stop)

    def start_indexing(self, request: IndexRequest, watch: bool = False) -> None:
        """Index in the background; with `watch`, then go on with what changes in any known folder.

        A watch that has nothing to read makes way and goes on afterwards. Raises IndexingUnderWay.
        """
        if self._job.state.resting:
            watch = True
            self._job.close()
        run = self._index_and_watch if watch else self.index
        self._job.start(lambda show, stop: run(request, show, stop), watching=watch)

    def _index_and_watch(self, request: IndexRequest, show: Show, stop: Stop) -> IndexOutcome:
        from searchapp.indexing import watch

        if request.paths:
            outcome = self.index(request, show, stop)
            if stop():
                return outcome
            request = replace(request, paths=(), retry_failed=False)
        return watch(self, request, show, stop, self._job.rest)

    def prepare(self) -> None:
        """Load what a search needs, so that the first one is quick too; its errors wait for it."""
        with suppress(*ROOM_BASES):
            self.search(SearchRequest(text="a picture", count=1))

    def estimate(self, request: IndexRequest) -> "Estimate":
        """Forecast what indexing folders would take, from a timed sample."""
        from searchapp.upkeep import estimate

        return estimate(self, request)

    def refresh_caption_vectors(self, show: Show, stop: Stop) -> "CaptionVectorsOutcome":
        """Encode captions that are new or changed, so that searches find pictures by them too.

        Raises LibraryEmpty, ModelChanged.
        """
        from searchapp.captioning.vectors import refresh_caption_vectors

        active = self.active_model()
        return refresh_caption_vectors(
            self.catalogue(),
            active,
            lambda texts: self._encoder_of(active).encode_texts(texts),
            self._caption_vectors_folder(active) / "known.npy",
            (show, stop),
        )

    @property
    def searches_captions(self) -> bool:
        """Whether captions have vectors of the active model. Raises LibraryEmpty."""
        return self._has_caption_vectors(self.active_model())

    def move_root(self, old: Path, new: Path) -> None:
        """A folder was moved: its pictures stay known. Raises RootUnknown, FolderMissing."""
        from indexer.roots import move_root

        move_root(self.catalogue(), Path.cwd() / old, Path.cwd() / new)

    def verify(self, *, repair: bool = False, subset: str | None = None) -> "VerifyReport":
        """Check the catalogue; `subset` "n/t" also reads that part of the originals."""
        from searchapp.upkeep import verify

        return verify(self.catalogue(), self.library.folder, repair=repair, subset=subset)

    def export(self, folder: Path, *, parquet: bool = False) -> "ExportOutcome":
        """Write vectors, paths and captions. Raises LibraryEmpty, ExtraMissing."""
        from searchapp.exchanging import export

        return export(self, folder, parquet=parquet)

    def import_from(self, folder: Path, model: str | None, stop: Stop) -> "ImportOutcome":
        """Take over an export or another library. Raises NothingToImport, ImportMismatch."""
        from searchapp.exchanging import import_from

        return import_from(self, folder, model, stop)

    def snapshots(self) -> Sequence[Path]:
        """Snapshots of the catalogue, newest first."""
        from searchapp.upkeep import snapshot_paths

        return snapshot_paths(self.library.folder)

    def restore(self, snapshot: Path | None) -> Path:
        """Bring a snapshot back (None: the newest); the present catalogue is kept first.

        Returns the snapshot that was restored. Raises SnapshotMissing, CatalogueDamaged.
        """
        from indexer.catalogue.snapshots import restore

        with self._lock:
            self.close()
            return restore(self.library.folder, snapshot).path

    def pause_indexing(self) -> None:
        """Stop the background run after the batch in hand."""
        self._job.pause()

    @property
    def indexing(self) -> JobState:
        """How the background run stands."""
        return self._job.state

    def exclusions(self) -> Sequence[str]:
        """Patterns, in gitignore syntax, of what every run leaves out."""
        from searchapp.exclusions import kept_exclusions

        try:
            return kept_exclusions(self.catalogue())
        except LibraryEmpty:
            return ()

    def keep_exclusions(self, patterns: Sequence[str]) -> None:
        """Leave these out from the next run on. Raises PatternInvalid, LibraryUnwritable."""
        from searchapp.exclusions import keep_exclusions

        keep_exclusions(self.make_catalogue(), patterns)

    def failures(self) -> Sequence[FileFailure]:
        """Files that could not be indexed, with reasons."""
        from searchapp.status import failures

        return failures(self.catalogue())

    def status(self) -> "Status":
        """What the library holds and how it is; an empty library is no error."""
        from searchapp.status import status_of

        return status_of(self)

    # --- measuring ---

    def evaluate(
        self,
        request: "EvaluationRequest",
        model: str,
        show: Callable[["EvaluationProgress"], None],
        stop: Stop,
    ) -> "EvaluationResult":
        """What every vector width costs on captioned pictures.

        Raises CaptionsUnknown, CaptionsDamaged, CaptionedPicturesMissing, WidthNotAllowed,
        EvaluationStopped.
        """
        from searchapp.evaluation.with_library import evaluate_with

        return evaluate_with(self, request, model, show, stop)

    def agreement(
        self,
        request: "AgreementRequest",
        show: Callable[["EvaluationProgress"], None],
        stop: Stop,
    ) -> "AgreementResult":
        """How far narrower widths agree with the full one on the library, without captions.

        Raises LibraryEmpty, LibraryTooSmall, EvaluationStopped.
        """
        from searchapp.evaluation.with_library import agreement_with

        return agreement_with(self, request, show, stop)

    # --- models ---

    def models(self) -> Sequence[ModelEntry]:
        """Known models and folders on this machine."""
        return self._models.entries()

    def pull_model(
        self,
        name: str,
        accept: "Callable[[KnownModel], bool]",
        show: Callable[[int, int], None],
        revision: str | None = None,
    ) -> "Pulled":
        """Download a model, or what of it is missing or damaged.

        Raises ModelNotFound, PullFailed and its kinds, the CheckpointInvalid family.
        """
        from searchapp.checkpoints import pull_model

        return pull_model(name, self.settings.models, revision, accept=accept, show=show)

    def prepare_model(self, model: str | Path, runtime: str = "auto") -> "Sequence[Prepared]":
        """Make a model ready for this machine, so that the first search does not wait.

        Raises ModelNotFound, RuntimeFailed, RuntimeUnavailable.
        """
        from searchapp.checkpoints import prepare_model

        return prepare_model(self._models.folder(str(model)), runtime, self.say)

    def verify_model(self, model: str, options: "VerifyOptions") -> "Verification":
        """Check a model's files and answers; see `searchapp.checkpoints.verify_model`."""
        from searchapp.checkpoints import verify_model

        return verify_model(self._models.folder(model), options)

    def captioners(self) -> Sequence[ModelEntry]:
        """Known models that write captions."""
        return self._models.captioners()

    def image_sizes(self, model: str, measure: bool = True) -> "Sequence[ImageSizeCost]":
        """What a picture costs here at each size that a model can be run at.

        Raises ModelNotFound, UnknownModelType for a model without that dial, RuntimeFailed.
        """
        from searchapp.checkpoints import image_sizes

        folder = self._models.folder(model)
        return image_sizes(folder, self.settings.runtime, measure, self.say)

    def calibrate(
        self,
        model: str,
        request: "CalibrationRequest",
        show: Callable[["EvaluationProgress"], None],
        stop: Stop,
    ) -> "CalibrationOutcome":
        """Measure what a model's scores mean and keep it; see `searchapp.calibrating`."""
        from searchapp.calibrating import calibrate

        return calibrate(request, self.encoder(model), self._models.folder(model), show, stop)

    def model_notices(self, request: IndexRequest) -> Sequence[str]:
        """What a person should know of the model that an index run would use."""
        from searchapp.indexing import model_wanted

        notice = self._models.notice(model_wanted(self, request))
        return () if notice is None else (notice,)

    def encoder(self, wanted: str = "auto", image_size: int | None = None) -> "Encoder":
        """The encoder of a model, loaded once."""
        return self._models.load(wanted, image_size)

    def active_model(self) -> "Model":
        """The model whose vectors searches use. Raises LibraryEmpty when there is none."""
        from indexer.catalogue.tables import Model

        with self.catalogue().session() as session:
            found = session.scalars(sa.select(Model).where(Model.state == "active")).one_or_none()
            if found is None:
                raise LibraryEmpty(self.library.folder)
            session.expunge(found)
            return found

    def model_place(self, model: "Model") -> str:
        """What to load a catalogued model by: its folder if it was given as one, else its name."""
        from searchapp.models import place_of

        return place_of(self.catalogue(), model)

    def bring_index_up_to_date(self, dim: int | None) -> int:
        """Make the vector index follow the catalogue, at width `dim` if one is given.

        Returns the width that the index has.
        """
        from indexer.vectors import VectorIndex

        with self._lock:
            if dim is not None:
                self._drop_searcher()
                active = self.active_model()
                source = self.catalogue().vector_source(active.fingerprint)
                VectorIndex.open(self._vectors_folder(active), source, dim=dim).close()
            return self.searcher().index_stats().coarse_dimensions

    def _encoder_of(self, model: "Model") -> "Encoder":
        """The encoder that made a model's vectors. Raises ModelChanged when it is another now."""
        encoder = self._models.load(self.model_place(model), model.image_size)
        if encoder.fingerprint != model.fingerprint:
            raise ModelChanged(model.name, model.fingerprint, encoder.fingerprint)
        return encoder

    def _vectors_folder(self, model: "Model") -> Path:
        return self.library.vectors / model.fingerprint[:16]

    def _caption_vectors_folder(self, model: "Model") -> Path:
        return self.library.vectors / f"{model.fingerprint[:16]}-captions"

    def _has_caption_vectors(self, model: "Model") -> bool:
        from indexer.caption_vectors import has_caption_vectors

        return has_caption_vectors(self.catalogue(), model.fingerprint)

    def _caption_index(self, model: "Model") -> "VectorIndex":
        from indexer.caption_vectors import fingerprint_of_captions
        from indexer.vectors import VectorIndex

        source = self.catalogue().vector_source(fingerprint_of_captions(model.fingerprint))
        return VectorIndex.open(self._caption_vectors_folder(model) / "index", source)

    def _let_go_of_replaced(self) -> None:
        """What is read from or written to a file that was replaced would be lost."""
        if self._catalogue is not None and self._catalogue.replaced:
            self._close_catalogue()

    def _close_catalogue(self) -> None:
        self._drop_searcher()
        if self._catalogue is not None:
            self._catalogue.close()
            self._catalogue = None

    def _drop_searcher(self) -> None:
        if self._searcher is not None:
            self._searcher.close()
            self._searcher = None
