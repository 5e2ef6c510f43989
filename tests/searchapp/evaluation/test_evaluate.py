"""Whole evaluations with a small real encoder: interruption, honesty about pictures, presets."""

import json

import numpy as np
import pytest
from PIL import Image

from searchapp.errors import (
    CaptionedPicturesMissing,
    CaptionsUnknown,
    EvaluationStopped,
    WidthNotAllowed,
)
from searchapp.evaluation import EvaluationRequest, evaluate, weak_languages
from searchapp.evaluation.presets import XM3600_R5, compare, preset
from searchapp.evaluation.report import mean_of_recalls_rows
from searchapp.evaluation.results import Row
from tests.searchapp.evaluation import naive
from tests.searchapp.evaluation.conftest import make_set
from tests.searchapp.evaluation.tiny_encoder import TinyEncoder

QUICK = {"resamples": 100, "compare": False}


def test_rows_equal_the_naive_metrics(captioned, tiny_encoder):
    result = evaluate(EvaluationRequest(captioned, **QUICK), tiny_encoder)
    lines = [json.loads(line) for line in captioned.read_text("utf-8").splitlines()]
    files = [captioned.parent / line["image"] for line in lines]
    batch = np.stack([tiny_encoder.preprocess(Image.open(file)) for file in files])
    pictures = tiny_encoder.encode_images(batch)
    owner = [at for at, line in enumerate(lines) for _ in line["captions"]["en"]]
    texts = tiny_encoder.encode_texts([t for line in lines for t in line["captions"]["en"]])
    for dim in (4, 24):
        for direction, ranks in (
            ("text_to_image", naive.text_to_image(texts, pictures, owner, dim)),
            ("image_to_text", naive.image_to_text(texts, pictures, owner, dim)),
        ):
            expected = [naive.metrics(row) for row in ranks]
            for row in result.rows:
                if (row.language, row.direction, row.dim) == ("en", direction, dim):
                    if row.metric == "median_rank":
                        firsts = sorted(min(row) for row in ranks)
                        assert row.value == firsts[(len(firsts) - 1) // 2]
                    else:
                        mean = np.mean([one[row.metric] for one in expected])
                        assert row.value == pytest.approx(mean, abs=1e-6), row


def test_the_full_width_always_comes_along_and_widths_rise(captioned, tiny_encoder):
    request = EvaluationRequest(captioned, dims=(8, 4), **QUICK)
    assert evaluate(request, tiny_encoder).provenance.widths == (4, 8, 24)


@pytest.mark.parametrize("dim", [0, 25])
def test_a_width_the_model_does_not_have(captioned, tiny_encoder, dim):
    with pytest.raises(WidthNotAllowed):
        evaluate(EvaluationRequest(captioned, dims=(dim,), **QUICK), tiny_encoder)


def test_the_same_seed_gives_the_same_result(captioned):
    results = [evaluate(EvaluationRequest(captioned, **QUICK), TinyEncoder()) for _ in range(2)]
    assert results[0].rows == results[1].rows
    assert results[0].verdicts == results[1].verdicts
    assert results[0].losses == results[1].losses


def test_a_stopped_run_goes_on_where_it_was(captioned, tmp_path, monkeypatch):
    monkeypatch.setattr("searchapp.evaluation.encoding.PICTURE_BATCH", 8)
    monkeypatch.setattr("searchapp.evaluation.encoding.TEXT_BATCH", 16)
    request = EvaluationRequest(captioned, cache=tmp_path / "cache", **QUICK)
    whole = evaluate(EvaluationRequest(captioned, **QUICK), TinyEncoder())
    encoder, now = TinyEncoder(), {}
    with pytest.raises(EvaluationStopped) as caught:
        evaluate(
            request,
            encoder,
            lambda progress: now.update(at=progress),
            lambda: now["at"].stage == "encoding captions" and now["at"].done >= 48,
        )
    assert caught.value.stage == "encoding captions"
    assert encoder.calls == {"pictures": 36, "texts": 48}
    resumed = TinyEncoder()
    assert evaluate(request, resumed).rows == whole.rows
    assert resumed.calls == {"pictures": 0, "texts": 108 - 48}
    again = TinyEncoder()
    evaluate(request, again)
    assert again.calls == {"pictures": 0, "texts": 0}


def test_a_changed_caption_costs_no_picture(captioned, tmp_path):
    request = EvaluationRequest(captioned, cache=tmp_path / "cache", **QUICK)
    evaluate(request, TinyEncoder())
    lines = captioned.read_text("utf-8").splitlines()
    captioned.write_text("\n".join(lines[:-1]), encoding="utf-8")
    edited = TinyEncoder()
    evaluate(request, edited)
    assert edited.calls["pictures"] in (0, 3), "at most the last batch, which is shorter now"


def test_machine_made_captions_take_part_only_when_asked_for(captioned, tiny_encoder):
    lines = [json.loads(line) for line in captioned.read_text("utf-8").splitlines()]
    marked = [json.dumps({**line, "machine_made": ["de"]}) for line in lines]
    captioned.write_text("\n".join(marked), encoding="utf-8")
    result = evaluate(EvaluationRequest(captioned, **QUICK), tiny_encoder)
    assert list(result.provenance.captions) == ["en"]
    assert any("36 machine-made captions" in note for note in result.notes)
    request = EvaluationRequest(captioned, machine_made=True, **QUICK)
    assert list(evaluate(request, tiny_encoder).provenance.captions) == ["de", "en"]


def test_a_killed_run_loses_one_batch(captioned, tmp_path, monkeypatch):
    """The encoder dies in the middle of a batch, as a killed process would."""
    monkeypatch.setattr("searchapp.evaluation.encoding.PICTURE_BATCH", 8)

    class Dying(TinyEncoder):
        def encode_images(self, batch):
            if self.calls["pictures"] == 16:
                raise KeyboardInterrupt
            return super().encode_images(batch)

    request = EvaluationRequest(captioned, cache=tmp_path / "cache", **QUICK)
    with pytest.raises(KeyboardInterrupt):
        evaluate(request, Dying())
    resumed = TinyEncoder()
    evaluate(request, resumed)
    assert resumed.calls["pictures"] == 36 - 16


def test_missing_and_unreadable_pictures_are_named(captioned, tiny_encoder):
    (captioned.parent / "003.png").unlink()
    (captioned.parent / "005.png").write_bytes(b"no picture")
    result = evaluate(EvaluationRequest(captioned, **QUICK), tiny_encoder)
    provenance = result.provenance
    assert (provenance.missing, provenance.unreadable) == (("003.png",), ("005.png",))
    assert provenance.pictures == provenance.protocol.gallery == 34
    assert provenance.captions == {"de": 34, "en": 68}


def test_when_nothing_can_be_decoded_it_says_so(captioned, tiny_encoder):
    for number, path in enumerate(sorted(captioned.parent.glob("*.png"))):
        path.write_bytes(f"no picture {number}".encode())
    with pytest.raises(CaptionedPicturesMissing) as caught:
        evaluate(EvaluationRequest(captioned, **QUICK), tiny_encoder)
    assert (caught.value.found, caught.value.total) == (0, 36)


def test_languages_can_be_chosen(captioned, tiny_encoder):
    result = evaluate(EvaluationRequest(captioned, languages=("de",), **QUICK), tiny_encoder)
    assert list(result.provenance.captions) == ["de"]
    assert result.summary == ()
    with pytest.raises(CaptionsUnknown):
        evaluate(EvaluationRequest(captioned, languages=("fr",), **QUICK), tiny_encoder)


def test_progress_names_every_stage_and_never_runs_backwards(captioned, tiny_encoder):
    seen = []
    evaluate(EvaluationRequest(captioned, resamples=100), tiny_encoder, seen.append)
    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages == [
        "reading pictures",
        "encoding pictures",
        "encoding captions",
        "measuring languages",
        "comparing ways to store vectors",
        "measuring the index",
    ]
    for stage in stages:
        done = [progress.done for progress in seen if progress.stage == stage]
        assert done == sorted(done)


def test_a_language_the_encoder_confuses_is_called_weak(tmp_path):
    """Six languages with the same words; in two of them the encoder hardly understands."""
    captions = make_set(tmp_path, 60)
    lines = [json.loads(line) for line in captions.read_text("utf-8").splitlines()]
    for line in lines:
        words = line["captions"]["en"][0]
        line["captions"] = {code: [f"{words} {code}"] for code in ("ar", "de", "en", "fr", "hi")}
    captions.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    class Confused(TinyEncoder):
        def encode_texts(self, texts):
            clear = super().encode_texts(texts)
            noise = np.random.default_rng(1).standard_normal(clear.shape)
            blurred = [text.endswith(("ar", "hi")) for text in texts]
            clear[blurred] += 0.7 * noise[blurred]
            return clear / np.linalg.norm(clear, axis=1, keepdims=True)

    result = evaluate(EvaluationRequest(captions, resamples=300, compare=False), Confused())
    assert set(weak_languages(result)) == {"ar", "hi"}
    assert {row.language for row in result.worst_languages[:2]} == {"ar", "hi"}


def test_lost_queries_are_those_that_were_found_before(captioned, tiny_encoder):
    result = evaluate(EvaluationRequest(captioned, dims=(2, 8), **QUICK), tiny_encoder)
    assert result.losses
    for loss in result.losses:
        assert loss.ranks[24] <= 5 < loss.ranks[loss.lost_at]
        assert all(rank <= 5 for dim, rank in loss.ranks.items() if dim > loss.lost_at)
    assert len({loss.picture for loss in result.losses}) == len(result.losses)
    for change in result.rank_changes:
        assert sum(change.counts.values()) == 108


def test_a_few_pictures_are_measured_but_not_compared(tmp_path, tiny_encoder):
    result = evaluate(EvaluationRequest(make_set(tmp_path, 5), resamples=100), tiny_encoder)
    assert result.trade_off is None
    assert any("too few" in note for note in result.notes)


def test_preset_coco_takes_its_widths_and_compares(captioned, tiny_encoder):
    class Wide(TinyEncoder):
        dimensions = 1024
        matryoshka = (1024,)

        def _vectors(self, features):
            short = super()._vectors(features)
            return np.pad(short, ((0, 0), (0, 1000)))

    result = evaluate(EvaluationRequest(captioned, preset="coco", **QUICK), Wide())
    assert result.provenance.widths == (128, 256, 1024)
    assert [(c.direction, c.dim, c.published) for c in result.published] == [
        ("text_to_image", 1024, 0.6835), ("text_to_image", 256, 0.6743),
        ("text_to_image", 128, 0.6458), ("image_to_text", 1024, 0.8146),
        ("image_to_text", 256, 0.8070), ("image_to_text", 128, 0.7866),
    ]  # fmt: skip
    for comparison in result.published:
        inside = comparison.ci_low <= comparison.published <= comparison.ci_high
        assert comparison.agrees == inside


def test_preset_xm3600_takes_first_captions_and_the_published_languages(captioned, tiny_encoder):
    lines = [json.loads(line) for line in captioned.read_text("utf-8").splitlines()]
    published = [
        {
            "image/key": line["image"].removesuffix(".png"),
            "image/locale": "en",
            **{
                code: {"caption": texts, "caption/tokenized": texts}
                for code, texts in {**line["captions"], "mi": ["red red red red"]}.items()
            },
        }
        for line in lines
    ]
    for path in captioned.parent.glob("*.png"):
        path.rename(path.with_suffix(".jpg"))
    captioned.write_text("\n".join(map(json.dumps, published)), encoding="utf-8")
    result = evaluate(EvaluationRequest(captioned, preset="xm3600", **QUICK), tiny_encoder)
    assert result.provenance.dataset_format == "crossmodal-3600"
    assert result.provenance.captions == {"de": 36, "en": 36}
    assert [(c.language, c.published) for c in result.published] == [
        ("de", 0.9125), ("en", 0.7583),
    ]  # fmt: skip
    assert any("jina-clip-v2" in note for note in result.notes)
    assert any("among 3600 pictures, these among 36" in note for note in result.notes)
    hits = {
        (row.language, row.metric): row.value
        for row in result.rows
        if (row.direction, row.dim) == ("text_to_image", 24)
    }
    mean = np.mean([hits["de", f"hit@{cut}"] for cut in (1, 5, 10)])
    assert result.mean_of_recalls["de"] == pytest.approx(mean)
    head, english, german, means = mean_of_recalls_rows(result)
    assert head == (
        "language", "tiny", "NLLB-CLIP-large-mrl (published)", "SigLIP2 SO400M-384 (published)",
    )  # fmt: skip
    assert english[0] == "en" and english[2:] == ("72.4", "75.1")
    assert german == ("de", f"{100 * mean:.1f}", "88.6", "89.8")
    assert (means[0], means[2]) == ("mean of 2 shared", "80.5")


def test_the_published_mean_stands_only_beside_a_mean_over_the_same_languages():
    def row(language, value):
        return Row(language, "text_to_image", 1024, "hit@5", value, value - 0.01, value + 0.01)

    published = preset("xm3600", 1024).published
    whole = [row(code, value / 100) for code, value in XM3600_R5.items()] + [row("mean", 0.82)]
    assert {c.language for c in compare(published, whole)} == {*XM3600_R5, "mean"}
    assert all(c.agrees for c in compare(published, whole))
    assert "mean" not in {c.language for c in compare(published, whole[5:])}
