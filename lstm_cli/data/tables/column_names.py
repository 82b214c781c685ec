"""What people call the columns of texts and of labels, in the languages they write in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

# Earlier lines are taken before later ones; the names of one line are as good as each other. By language: English,
# Germanic, Romance, Slavic and others of Europe, Turkish, Indonesian, Vietnamese, Cyrillic and Greek, Chinese,
# Japanese, Korean, Arabic, Persian, Hebrew, Urdu, Hindi, Bengali, Thai.
_TEXT_NAMES = (
    "text",
    "review",
    """
    content body comment comments tweet sentence phrase message post reviews tweets sentences texts utterance
    statement feedback opinion_text verbatim document passage snippet doc caption transcript remark remarks
    critique critiques opinions bewertung bewertungstext rezension rezensionen kritik kritiken meinungen recensie
    recensies crítica critica críticas criticas reseñas opiniones resenha resenhas opinião recensioni
    kommentar kommentare satz nachricht beitrag inhalt meinung tekst
    opmerking bericht zin kommentti arvostelu teksti anmeldelse recension omdome omdöme texte avis commentaire
    commentaires contenu texto reseña resena comentario comentarios opinión opinion frase contenido mensaje
    avaliação avaliacao comentário comentários conteúdo mensagem testo recensione commento contenuto recenzie
    ressenya recenzja komentarz treść tresc zdanie recenze komentář věta recenzia szöveg vélemény yorum
    yorumlar metin cümle ulasan komentar teks kalimat bình_luận binh_luan nội_dung текст отзыв отзывы
    комментарий рецензия сообщение твит предложение відгук коментар мнение κείμενο κριτική σχόλιο 文本 评论
    評論 评论内容 評論內容 内容 內容 正文 评价内容 评价 評價 句子 文 文章 本文 レビュー 口コミ クチコミ
    コメント テキスト ツイート 感想 발화 문장 리뷰 내용 텍스트 댓글 본문 후기 النص نص مراجعة المراجعة التعليق
    تعليق تغريدة التغريدة متن نظر دیدگاه טקסט ביקורת תגובה تبصرہ टिप्पणी समीक्षा पाठ পাঠ মন্তব্য রিভিউ ข้อความ
    ความคิดเห็น รีวิว
    """,
    """
    headline title summary subject description titel titre título titulo titolo tytuł заголовок 标题 標題
    タイトル 제목 العنوان
    """,
)
_LABEL_NAMES = (
    "label",
    "sentiment",
    """
    class rating score stars polarity liked target labels star sentiments emotion emotions feeling overall
    ratings grade recommended recommend recommended_ind verdict annotation gold_label truth ground_truth
    valence tone mood attitude stance vote outcome bewertung note sterne stimmung klasse etikett urteil
    beoordeling sentimentscore betyg karakter étiquette etiquette classe étoiles etoiles polarité avis
    etiqueta clase calificación calificacion puntuación puntuacion estrellas polaridad sentimiento nota rótulo
    rotulo classificação classificacao sentimento estrelas polaridade etichetta valutazione voto stelle
    polarità etykieta ocena sentyment klasa gwiazdki hodnocení stitek štítek třída címke értékelés etiket
    duygu puan sınıf sentimen peringkat nhãn cảm_xúc метка класс оценка рейтинг тональность настроение
    сентимент звезды мітка оцінка етикет ετικέτα βαθμολογία συναίσθημα 标签 標籤 情感 情感倾向 情绪 情緒 评分
    評分 星级 星級 评价 評價 极性 ラベル 感情 評価 評点 星 点数 極性 라벨 레이블 감정 감성 평점 별점 التصنيف
    تصنيف التسمية تسمية المشاعر الشعور التقييم تقييم برچسب احساس امتیاز תווית סנטימנט דירוג רגש لیبل लेबल
    भावना रेटिंग লেবেল অনুভূতি আবেগ ป้ายกำกับ ความรู้สึก คะแนน
    """,
    """
    category tag mark y kategorie catégorie categoría kategori категория 类别 類別 分类 分類 분류
    """,
)


def split_name(name: str) -> list[str]:
    """Return the words of a column's name: `["review", "text"]` of `reviewText` or `Review Text`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [_fold(word) for word in re.split(r"[\W_]+", spaced) if word]


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _rank(names: tuple[str, ...]) -> Mapping[str, int]:
    ranks: dict[str, int] = {}
    for rank, line in enumerate(names):
        for name in line.split():
            ranks.setdefault(_fold(name), rank)
    return ranks


TEXT_RANKS = _rank(_TEXT_NAMES)
"""Names of text columns → how good each is; 0 is best."""

LABEL_RANKS = _rank(_LABEL_NAMES)
"""The same of label columns."""


def rank_name(name: str, ranks: Mapping[str, int]) -> int | None:
    """Return how well a column's name fits; None where it does not.

    A name as it stands in `ranks` comes first. Of several words the last is the one that counts, as it does in
    English (`airline_sentiment`, but not `airline_sentiment_confidence`), and after that the first.
    """
    words = split_name(name)
    exact = ranks.get(_fold(name), ranks.get("_".join(words)))
    if exact is not None or len(words) < 2:
        return exact
    worse = max(ranks.values()) + 1
    if words[-1] in ranks:
        return worse + ranks[words[-1]]
    return 2 * worse + ranks[words[0]] if words[0] in ranks else None


def is_column_name(name: str) -> bool:
    """Return whether people call a column of texts or of labels so."""
    folded = _fold(name)
    return folded in TEXT_RANKS or folded in LABEL_RANKS
