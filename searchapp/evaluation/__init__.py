"""What every vector width costs on a person's own pictures, per language, with intervals."""

from searchapp.evaluation.agreement import AgreementOptions, AgreementResult, agreement
from searchapp.evaluation.evaluate import evaluate, weak_languages
from searchapp.evaluation.languages import language_in_question
from searchapp.evaluation.progress import EvaluationProgress
from searchapp.evaluation.request import EvaluationRequest
from searchapp.evaluation.results import EvaluationResult
from searchapp.evaluation.with_library import AgreementRequest

__all__ = [
    "AgreementOptions",
    "AgreementRequest",
    "AgreementResult",
    "EvaluationProgress",
    "EvaluationRequest",
    "EvaluationResult",
    "agreement",
    "evaluate",
    "language_in_question",
    "weak_languages",
]
