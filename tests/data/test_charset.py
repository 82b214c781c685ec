"""Encodings that nothing but their letters tells."""

from __future__ import annotations

import pytest

from lstm_cli.data.charset import SAMPLE_SIZE, find_charset

SENTENCES = {
    "French": ("Très bon film, déjà vu à l'été; ça m'a beaucoup plu, même gâché.", "cp1252 mac-roman cp850"),
    "German": ("Das Essen war köstlich, die Bedienung freundlich, für Fußgänger schön gelegen.", "cp1252"),
    "Spanish": ("La película es buenísima, el niño llora y mañana será otro día. ¡Qué emoción!", "cp1252 cp850"),
    "Swedish": ("Maten var jättegod men rummet för litet, så vi kommer inte åter hit.", "cp1252"),
    "English": ("“A fine film” – it’s great… at the café", "cp1252"),
    "Polish": ("Świetny film, żałuję że nie oglądałem wcześniej; książka była gorsza.", "cp1250 iso8859-2"),
    "Czech": ("Skvělý film, výborně zahraný, příběh mě dojal až k slzám. Děkuji!", "cp1250"),
    "Hungarian": ("Nagyon jó film, őrülten tetszett, de a szöveg túl hosszú és a fűtés rossz.", "cp1250"),
    "Turkish": ("Çok güzel bir film, öğretmenim şaşırdı. İyi oyuncular, kötü senaryo değil.", "cp1254"),
    "Russian": ("Отличный фильм, очень понравился! Ужасная еда и холодный суп.", "cp1251 koi8-r cp866 iso8859-5"),
    "Ukrainian": ("Чудовий фільм, дуже сподобався! Їжа жахлива, обслуговування теж.", "cp1251 koi8-u"),
    "Greek": ("Εξαιρετική ταινία, μου άρεσε πολύ! Το φαγητό ήταν κρύο.", "cp1253 iso8859-7"),
    "Hebrew": ("סרט נהדר, מאוד נהניתי. האוכל היה קר והשירות גרוע.", "cp1255 iso8859-8"),
    "Arabic": ("فيلم رائع جدا وممتع، أنصح الجميع بمشاهدته. الطعام بارد والخدمة سيئة.", "cp1256 iso8859-6"),
    "Thai": ("หนังดีมาก ชอบมากค่ะ อาหารเย็นและบริการแย่", "cp874"),
    "simplified Chinese": ("这个酒店非常好，服务员很热情。房间太小了，我不会再来。", "gb18030 gbk gb2312"),
    "traditional Chinese": ("這個酒店非常好，服務員很熱情。房間太小了，早餐也不行，我不會再來。", "big5"),
    "Japanese": ("とても良い映画でした。料理は冷たくてサービスもひどい。また行きたいと思います。", "cp932 euc-jp"),
    "Korean": ("정말 좋은 영화였어요. 음식이 차갑고 서비스가 별로였습니다.", "cp949 euc-kr"),
}  # fmt: skip


@pytest.mark.parametrize("repeated", [1, 30])
@pytest.mark.parametrize(
    ("text", "encoding"), [(text, name) for text, names in SENTENCES.values() for name in names.split()]
)
def test_a_sentence_tells_its_encoding(text: str, encoding: str, repeated: int) -> None:
    """By any name of it, as long as the letters are the same."""
    data = f"{text}\n".encode(encoding) * repeated
    found = find_charset(data, present=frozenset(data))
    assert found is not None
    assert data.decode(found) == f"{text}\n" * repeated


@pytest.mark.parametrize(
    ("labels", "encoding"), [("好评\n差评\n", "gb18030"), ("café\n", "cp1252"), ("очень\nплохо\n", "cp1251")]
)
def test_a_few_letters_are_enough(labels: str, encoding: str) -> None:
    data = labels.encode(encoding) * 10
    found = find_charset(data, present=frozenset(data))
    assert found is not None
    assert data.decode(found) == labels * 10


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("这个酒店非常好，服务员很热情。正如韩国人说的：좋아요！房间太小了，我不会再来。\n", "gb18030"),
        ("정말 좋은 영화였어요. 음식이 차갑고 서비스가 별로였습니다. 大韓民國萬歲\n", "cp949"),
    ],
)
def test_a_few_letters_of_a_neighbour_change_nothing(text: str, encoding: str) -> None:
    data = text.encode(encoding) * 10
    assert find_charset(data, present=frozenset(data)) == encoding


def test_an_encoding_without_a_byte_that_stands_somewhere_is_none() -> None:
    """Even where the sample does not show it."""
    data = "déjà vu à l'été\n".encode("cp1252")
    assert find_charset(data, present=frozenset(data)) == "cp1252"
    assert find_charset(data, present=frozenset(data) | {0x81}) == "latin-1"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("这家店很好，服务也不错。我会再来的。\n", "gb18030"),
        ("這個酒店非常好，服務員很熱情。房間太小了。\n", "big5hkscs"),
        ("とても良い映画でした。料理は冷たくてサービスもひどい。\n", "cp932"),
        ("とても良い映画でした。料理は冷たくてサービスもひどい。\n", "euc-jp"),
        ("정말 좋은 영화였어요. 음식이 차갑고 서비스가 별로였습니다.\n", "cp949"),
    ],
)
@pytest.mark.parametrize("damaged", [1, 30, 140, 200, 500])
def test_one_character_in_twenty_may_be_damaged(damaged: int, text: str, encoding: str) -> None:
    """Where more of Chinese, Japanese or Korean are, it is nothing at all: it was taken for French before."""
    text = (text * 200)[: 3_000 - damaged]
    length = -(-len(text) // (damaged + 1))
    parts = [text[start : start + length].encode(encoding) for start in range(0, len(text), length)]
    data = b"\x85\n".join(parts)
    found = find_charset(data, present=frozenset(data))
    assert found == (encoding if damaged <= 140 else None)


def test_a_sample_cut_within_a_character_tells() -> None:
    data = "這個酒店非常好，服務員很熱情。房間太小了。\n".encode("big5") * 2_000
    sample = data[: min(SAMPLE_SIZE, 4_001)]
    assert find_charset(sample, present=frozenset(data)) == "big5hkscs"
