"""What a market must disclose of how its survey was made: no item may be missing or blank."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from analysis.study.settings import Settings

UNKNOWN = "not stated"


def _said(value: Any) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise PydanticCustomError("blank", "nothing is said here")
    return value


# A text that says something; what is not known is said to be "not stated".
Said = Annotated[str, BeforeValidator(_said)]


class Fieldwork(Settings):
    """First and last day of interviewing."""

    start: dt.date
    end: dt.date

    @model_validator(mode="after")
    def _in_order(self) -> Fieldwork:
        if self.end < self.start:
            raise ValueError(f"fieldwork ends ({self.end}) before it starts ({self.start})")
        return self


class Disclosure(Settings):
    """What AAPOR's Code (III.A, April 2021) asks for and the other keys of a market do not hold.

    In the order of its eleven items; the ninth and half of the eighth are found from the data. A
    description says what to write, and stands in the refusal of a key that is missing or blank.
    """

    strategy: Said = Field(description="how data were collected (item 1): a survey, of how many waves")
    sponsor: Said = Field(description="who commissioned and paid for it (item 2)")
    conducted_by: Said = Field(description="who carried it out (item 2)")
    questionnaire: Said = Field(description="where its wording stands, and how it was shown (item 3)")
    population: Said = Field(description="whom it is to represent, and where (item 4)")
    sampling: Said = Field(description="the frame, and how people were selected from it (item 5)")
    recruitment: Said = Field(description="how people, or members of the panel, were recruited (item 5)")
    incentives: Said = Field(description="what they were given for taking part (item 5)")
    quality_control: Said = Field(description="which checks the data went through, and what was left out (item 10)")
    limitations: Said = Field(description="what the design cannot tell (item 11)")
    contact: Said = Field(description="whom to ask for more")
