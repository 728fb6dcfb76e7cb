"""Makes words.tsv, the one table of the Mandarin front end, out of two dictionaries and everyday.tsv.

    python3 -m venv venv && venv/bin/pip install jieba==0.42.1 pypinyin==0.55.0
    venv/bin/python make.py ../../../../data/han.tsv

A row is a word of simplified characters, TAB, what the word costs when a sentence is cut into words (ten times the
natural logarithm of one over its share of the running words), and, where that is not the readings of its characters one
by one, TAB and its syllables with their tones. A character has a row and a reading of its own. Rows are sorted by their
bytes, for binary search.

Words and their counts are jieba's, readings are pypinyin's; everyday.tsv has the last word.
"""

import importlib.util
import json
import math
import pathlib
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).parent

# A word that jieba met less often is left to its parts, unless its reading is not theirs.
RARE = 50
# The same for a word that is read otherwise than its characters.
RARE_READING = 3

# Words in -zi in which it is no suffix but a person, a seed or a part of matter.
FULL_ZI = """
电子 男子 女子 太子 原子 公子 天子 粒子 离子 莲子 孔子 母子 父子 精子 因子 孝子 中子 质子 孟子 皇子 游子 光子
次子 臣子 才子 荀子 养子 诸子 仙子 世子 卵子 介子 浪子 幼子 墨子 士子 分子 微子 义子 甲子 韩非子 双子 算子
淮南子 瓜子 棋子 松子 爱子 赤子 弟子 君子 长子 王子 量子 孢子 学子 妃子 夫子 亲子 核子 独生子 老子 庄子 扬子
西门子 玉玑子 五味子 南池子 重子 子子
""".split()

TONES = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}


def package(name):
    """The folder of an installed package."""
    return pathlib.Path(importlib.util.find_spec(name).origin).parent


def syllable(marked):
    """hǎo as hao3, lǜ as lv4, de as de5."""
    plain, tone = "", 5
    for c in unicodedata.normalize("NFD", marked):
        if c in TONES:
            tone = TONES[c]
        else:
            plain += c
    plain = plain.replace("u\u0308", "v").replace("e\u0302", "ei")
    return {"n": "en", "ng": "en", "m": "en", "hm": "heng", "hng": "heng", "r": "er"}.get(plain, plain) + str(tone)


def underlying(word, readings):
    """Without what the neighbours do to 一 and 不: that is worked out when a sentence is read."""
    for i, c in enumerate(word):
        if c in "一不" and not readings[i].endswith("5"):
            readings[i] = {"一": "yi1", "不": "bu4"}[c]
    return readings


def neutral(word, readings):
    """The suffixes -zi, -men and -me have no tone."""
    last = word[-1]
    if len(word) > 1 and last in "们么":
        readings[-1] = readings[-1][:-1] + "5"
    if len(word) > 1 and last == "子" and not any(word.endswith(full) for full in FULL_ZI):
        readings[-1] = "zi5"
    return readings


# Characters whose reading in everyday.tsv is that of a word of their own, and not of a part of other words.
ALONE = "教脏弹倒铺缝剥削挣觉切扎"

# Before these characters a numeral or a pointing word makes them measure words.
MEASURES = {
    "只": "zhi1",
    "种": "zhong3",
    "间": "jian1",
    "场": "chang3",
    "处": "chu4",
    "卷": "juan3",
    "曲": "qu3",
    "发": "fa1",
}
POINTING = set("一二两三四五六七八九十百千万几半这那哪每各某")


def measured(word, readings):
    """三只 counts animals, and has nothing to do with 只 for only."""
    if len(word) > 1 and word[-1] in MEASURES and set(word[:-1]) <= POINTING:
        readings[-1] = MEASURES[word[-1]]
    return readings


def main():
    simplified = {}
    for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
        if not line.startswith("#"):
            simplified.update({chr(int(a, 16)): chr(int(b, 16)) for a, b in [line.split("\t")]})
    counts = {}
    for line in (package("jieba") / "dict.txt").read_text().splitlines():
        word, count = line.split()[:2]
        counts[word] = int(count)
    total = sum(counts.values())

    everyday = {}
    for line in (HERE / "everyday.tsv").read_text().splitlines():
        if not line.startswith("#"):
            word, reading = line.split("\t")
            assert len(word) == len(reading.split()), line
            everyday[word] = reading.split()

    characters = {}
    for number, readings in json.loads((package("pypinyin") / "pinyin_dict.json").read_text()).items():
        c = chr(int(number))
        if 0x4E00 <= ord(c) <= 0x9FFF and c not in simplified:
            characters[c] = syllable(readings.split(",")[0])
    alone = {word: reading[0] for word, reading in everyday.items() if len(word) == 1}
    characters.update({c: reading for c, reading in alone.items() if c not in ALONE})

    phrases = {}
    for word, readings in json.loads((package("pypinyin") / "phrases_dict.json").read_text()).items():
        word = word.replace("\uff0c", "")
        if len(word) == len(readings) and all(c in characters for c in word):
            phrases[word] = neutral(word, underlying(word, [syllable(r[0]) for r in readings]))
    phrases.update({word: reading for word, reading in everyday.items() if len(word) > 1})

    def parts(word):
        """The reading of a word without one: of the longest words within it."""
        readings, i = [], 0
        while i < len(word):
            for end in range(len(word), i, -1):
                part = word[i:end]
                if end - i == 1 or (part in phrases and end - i < len(word)):
                    readings += phrases[part] if end - i > 1 else [characters[part]]
                    i = end
                    break
        return neutral(word, readings)

    rows = []
    for word in sorted(set(counts) | set(phrases) | set(characters)):
        if not all(c in characters for c in word):
            continue
        count = counts.get(word, 0)
        one_by_one = [alone.get(c, characters[c]) for c in word]
        reading = one_by_one if len(word) == 1 else measured(word, list(phrases.get(word) or parts(word)))
        other = reading != one_by_one
        if len(word) > 1 and word not in everyday:
            if count < (RARE_READING if other and reading != parts(word) else RARE):
                continue
        cost = round(10 * math.log(total / max(count, 1)))
        if word in everyday and len(word) > 1:
            # What people say is a word, however seldom newspapers print it.
            cost = min(cost, round(10 * math.log(total / RARE)))
        row = f"{word}\t{cost}"
        if len(word) == 1 or other:
            row += "\t" + "".join(reading)
        assert re.fullmatch(r"\S+\t\d+(\t([a-z]+[1-5])+)?", row), row
        rows.append(row)
    rows.sort(key=lambda row: row.split("\t")[0].encode())
    (HERE / "words.tsv").write_text("\n".join(rows) + "\n")
    print(len(rows), "rows")


if __name__ == "__main__":
    main()
