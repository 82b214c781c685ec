"""`python -m benchmarks.tokenizers`: how many words a second each tokenizer finds, script by script."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from statistics import median

import click

from lstm_cli.errors import ConfigError
from lstm_cli.text.languages import find_language
from lstm_cli.text.tokenizers import TOKENIZER_NAMES, learn_tokenizer

_PHRASES = {
    "English": "the film was long|and I loved it!!!|this is not for you|great actors|8/10|http://a.b @anna #happy",
    "Latin, marks": "die Straße war schön|não gostei do filme|très déçue :(|años después|żółć|una película",
    "Cyrillic": "отличный фильм|совсем не понравилось!!!|очень долго|хорошие актёры|8/10",
    "Arabic": "الفيلم رائع جداااا|لم أعجب بالقصة|مُمْتاز|مدرسة كبيرة|١٢٣|إلى اللقاء",
    "Devanagari": "फिल्म बहुत अच्छी थी|मुझे पसंद नहीं आई|क्या कहानी है!!!|हिन्दी में",
    "Han": "这部电影很好看|我不喜欢这个故事|演员很棒\uff01\uff01\uff01|一般般吧|不推荐",
    "Kana": "とても良い映画でした|すごーーい\uff01|がっかりしました|ｱｲｽがおいしい|二度と見ない",
    "Hangul": "정말 재미있는 영화였어요|너무 지루했다ㅠㅠ|배우들이 좋아요!!!|별로ㅋㅋㅋㅋ",
    "Thai": "หนังดีมากกกก|ไม่ชอบเรื่องนี้เลย|นักแสดงเก่ง!!!|น่าเบื่อ",
}
_LONGEST = 20  # phrases of a text
_NUM_WORDS = 8_000


@click.command()
@click.option("--texts", type=click.IntRange(min=1), default=2_000, show_default=True, help="Of each script.")
@click.option(
    "--runs", type=click.IntRange(min=1), default=3, show_default=True, help="Of which the median counts."
)
def main(*, texts: int, runs: int) -> None:
    """Split texts of several scripts on one core, and print thousands of words a second."""
    click.echo(f"{'':<16}" + "".join(f"{name:>17}" for name in TOKENIZER_NAMES))
    for script in _PHRASES:
        written = write_texts(script, count=texts)
        speeds = [measure_speed(name, written, runs=runs) for name in TOKENIZER_NAMES]
        shown = ("-" if speed is None else f"{speed / 1000:,.0f}" for speed in speeds)
        click.echo(f"{script:<16}" + "".join(f"{one:>17}" for one in shown))


def write_texts(script: str, *, count: int) -> list[str]:
    """Return texts of phrases of a script in any order, the same in every process."""
    return list(_iter_texts(_PHRASES[script].split("|"), count=count))


def _iter_texts(phrases: Sequence[str], *, count: int) -> Iterator[str]:
    generator = random.Random(0)  # noqa: S311 - nothing is secret
    for _ in range(count):
        yield " ".join(generator.choices(phrases, k=generator.randint(1, _LONGEST)))


def measure_speed(name: str, texts: Sequence[str], *, runs: int) -> float | None:
    """Return how many words a second a tokenizer finds, taught by the texts; None where it is not here."""
    language = find_language(texts).code
    try:
        tokenizer = learn_tokenizer(name, texts, language=language, num_words=_NUM_WORDS)
    except ConfigError:
        return None
    tokenizer.split(texts[0])  # what is loaded once
    speeds = []
    for _ in range(runs):
        began = time.perf_counter()
        words = sum(len(tokenizer.split(text)) for text in texts)
        speeds.append(words / (time.perf_counter() - began))
    return median(speeds)


if __name__ == "__main__":
    main()
