"""What a name says, whatever its case, accents and spaces: which spellings mean one category."""

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f]")
_SIGNS = frozenset("%#&@*")  # and every symbol: `Kids 2+` is not `Kids 2`


def plain_words(name: str) -> str:
    """`Women's Dresses` → `womens_dresses`: letters and digits of any script, words parted by underscores."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    apart = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))
    letters = unicodedata.normalize("NFKC", re.sub("['’]", "", apart))
    words = "".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in letters).split()
    return "_".join(words)


def name_key(name: str) -> str:
    """The same for spellings of one name; the signs that may tell two apart are kept."""
    signs = [each for each in name if each in _SIGNS or unicodedata.category(each)[0] == "S"]
    return " ".join([plain_words(name), *signs]).strip() or name
