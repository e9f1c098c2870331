"""What a report says, once for all formats: findings, layers, uncertainty, assumptions, validation,
manifest.

In: a `Material`. Out: a `Report` of sections, which the web page, the Word document and the slides
all set. Every sentence is computed from the numbers.
"""

from __future__ import annotations

from localcare.measures.summary import last_year
from localcare.present.findings import listed, names
from localcare.present.report.assumed import assumed
from localcare.present.report.certainty import uncertainty
from localcare.present.report.found import findings
from localcare.present.report.layers import layers
from localcare.present.report.parts import Material, Report
from localcare.present.report.record import command, record, validation, words_explained
from localcare.study.dataset import ATTRIBUTION

__all__ = ["compose"]

#: A title names so many policies before it counts them.
NAMED = 3


def compose(material: Material) -> Report:
    """The report of a run or comparison."""
    dataset, manifest = material.dataset, material.manifest
    policies = [name for name in names(dataset) if name != "baseline"]
    year = last_year(dataset)
    first, last = int(dataset["year"][0]), int(dataset["year"][-1])
    about = "the baseline"
    if policies:
        about = listed(policies) if len(policies) <= NAMED else f"{len(policies)} policies compared"
    found = findings(material, year)
    told = f" Policies: {listed(policies)}." if len(policies) > NAMED else ""
    return Report(
        title=f"Health and care in Kent and Medway: {about}",
        subtitle=f"Modelled {first} to {last} by localcare {manifest['version']}, "
        f"run {manifest['run']}.{told}",
        finding=found.words[0],
        sections=(
            found,
            *layers(material, year),
            uncertainty(material, year),
            assumed(material),
            validation(material),
            words_explained(),
            record(material),
        ),
        repeat=command(material),
        attribution=ATTRIBUTION,
    )
