"""Word error rate, BLEU and chrF, by the libraries whose figures others compare with."""

from dataclasses import dataclass

import jiwer
from num2words import num2words
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from normalise import mandarin_number, normalise, simplified


@dataclass(frozen=True)
class WordErrors:
    """How far a recognised text is from what was said; in Mandarin the words are characters."""

    rate: float
    """Errors a spoken word; above 1 where more was invented than said."""
    words: int
    substitutions: int
    insertions: int
    deletions: int


@dataclass(frozen=True)
class TextScores:
    """How near translations are to the references."""

    bleu: float
    chrf: float
    bleu_signature: str
    chrf_signature: str


def plain(text: str, language: str, *, fold: bool) -> str:
    """`text` as words to compare."""
    if language == "zh":
        return normalise(text, language, mandarin_number, fold=fold)
    return normalise(text, language, lambda number: num2words(number, lang=language), fold=fold)


def word_errors(said: list[str], heard: list[str], language: str, *, fold: bool) -> WordErrors:
    """Over all texts together."""
    found = jiwer.process_words(
        [plain(text, language, fold=fold) for text in said],
        [plain(text, language, fold=fold) for text in heard],
    )
    words = found.hits + found.substitutions + found.deletions
    return WordErrors(found.wer, words, found.substitutions, found.insertions, found.deletions)


def text_scores(translations: list[str], references: list[str], language: str) -> TextScores:
    """Over all sentences together, as they are: case and punctuation count, the script of Mandarin does not."""
    bleu, chrf = BLEU(tokenize="zh" if language == "zh" else None), CHRF()
    if language == "zh":
        translations, references = [[simplified(text) for text in texts] for texts in (translations, references)]
    return TextScores(
        bleu.corpus_score(translations, [references]).score,
        chrf.corpus_score(translations, [references]).score,
        str(bleu.get_signature()),
        str(chrf.get_signature()),
    )


def speech_scores(heard: list[str], references: list[str], language: str) -> TextScores:
    """Over all sentences together, of normalised text: speech has no case and no punctuation."""
    return text_scores(
        [plain(text, language, fold=True) for text in heard],
        [plain(text, language, fold=True) for text in references],
        language,
    )
