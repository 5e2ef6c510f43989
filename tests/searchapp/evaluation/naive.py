"""The slow obvious way to rank and to score, in float64 and plain loops: the oracle."""

import math

import numpy as np

TIE = 1e-6


def cut(vectors, dim):
    short = vectors[:, :dim].astype(np.float64)
    return short / np.linalg.norm(short, axis=1, keepdims=True)


def pessimistic_ranks(scores, right):
    """Ranks from 1 of the `right` answers (set of positions), wrong ones first among equals."""
    ranks = []
    for place, answer in enumerate(sorted(right, key=lambda at: -scores[at])):
        wrong_before = sum(
            1
            for at, score in enumerate(scores)
            if at not in right and score >= scores[answer] - TIE
        )
        ranks.append(wrong_before + place + 1)
    return ranks


def metrics(ranks):
    """Metrics of one query from the ranks of its right answers."""
    values = {}
    for k in (1, 5, 10):
        values[f"hit@{k}"] = float(any(rank <= k for rank in ranks))
        values[f"recall@{k}"] = sum(rank <= k for rank in ranks) / len(ranks)
    values["mrr"] = 1 / min(ranks)
    gained = sum(1 / math.log2(1 + rank) for rank in ranks if rank <= 10)
    ideal = sum(1 / math.log2(1 + rank) for rank in range(1, min(len(ranks), 10) + 1))
    values["ndcg@10"] = gained / ideal
    right_so_far, precision = 0, 0.0
    for rank in range(1, len(ranks) + 1):
        if rank in ranks:
            right_so_far += 1
            precision += right_so_far / rank
    values["map@r"] = precision / len(ranks)
    return values


def text_to_image(texts, pictures, picture_of_text, dim):
    scores = cut(texts, dim) @ cut(pictures, dim).T
    return [pessimistic_ranks(row, {at}) for row, at in zip(scores, picture_of_text, strict=True)]


def image_to_text(texts, pictures, picture_of_text, dim):
    scores = cut(pictures, dim) @ cut(texts, dim).T
    return [
        pessimistic_ranks(row, {t for t, at in enumerate(picture_of_text) if at == picture})
        for picture, row in enumerate(scores)
    ]
