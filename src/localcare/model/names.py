"""Names as Vensim reads them.

Vensim does not tell capitals from small letters, an underscore from a space, or one space from
several, and puts a name with other characters in double quotes. `key` is the form in which two
spellings of one name are equal; `identifier` is the form used outside the model file.
"""

from __future__ import annotations

import re

__all__ = ["display", "identifier", "key"]


def display(name: str) -> str:
    """The name as a reader writes it: without quotes and doubled spaces.

    >>> display('"A&E  attendances"')
    'A&E attendances'
    """
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('\\"', '"')
    return " ".join(name.split())


def key(name: str) -> str:
    """What two spellings of the same name have in common.

    >>> key("Beds_Open at  night")
    'beds open at night'
    """
    return " ".join(display(name).lower().replace("_", " ").split())


def identifier(name: str) -> str:
    """The name in small letters, with an underscore for all but letters and digits.

    >>> identifier('"A&E attendances"')
    'a_e_attendances'
    """
    return re.sub(r"\W+", "_", key(name)).strip("_") or "_"
