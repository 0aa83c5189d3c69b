"""The works that the methods of a run rest on; identifiers only where they were seen."""

from dataclasses import dataclass

from exosift.reports.evidence import Run
from exosift.reports.roles import Citation, cite


@dataclass(frozen=True)
class Reference:
    """A work that the methods rest on."""

    text: str
    citation: Citation | None = None


OF_READS = (
    Reference("Adapter search: Martin 2011.", cite("doi:10.14806/ej.17.1.200")),
    Reference("miRBase 22: Kozomara 2019.", cite("doi:10.1093/nar/gky1141")),
    Reference("Shared reads: Li and Dewey 2011, Patro 2017.", cite("doi:10.1186/1471-2105-12-323")),
    Reference("Words of isomiRs: Desvignes 2020.", cite("doi:10.1093/bioinformatics/btz675")),
    Reference("Collisions of UMIs: Fu 2018.", cite("doi:10.1186/s12864-018-4933-1")),
)
OF_COUNTS = (
    Reference("edgeR quasi-likelihood: Lund et al. 2012.", cite("doi:10.1515/1544-6115.1826")),
    Reference("Robust dispersions: Phipson et al. 2016.", cite("doi:10.1214/16-AOAS920")),
    Reference("limma-voom: Law et al. 2014.", cite("doi:10.1186/gb-2014-15-2-r29")),
    Reference("TMM: Robinson and Oshlack 2010.", cite("doi:10.1186/gb-2010-11-3-r25")),
    Reference("Effects beyond a size: McCarthy 2009.", cite("doi:10.1093/bioinformatics/btp053")),
    Reference("DESeq2: Love 2014.", cite("doi:10.1186/s13059-014-0550-8")),
    Reference("PyDESeq2: Muzellec 2023.", cite("doi:10.1093/bioinformatics/btad547")),
    Reference("Medians of ratios: Anders and Huber 2010.", cite("doi:10.1186/gb-2010-11-10-r106")),
    Reference("Upper quartiles: Bullard 2010.", cite("doi:10.1186/1471-2105-11-94")),
    Reference("People of a validation: Guenther 1981.", cite("doi:10.2307/2683297")),
    Reference(
        "Expression filter: Chen, Lun and Smyth 2016.", cite("doi:10.12688/f1000research.8987")
    ),
    Reference("Calipers of matched pairs: Austin 2011.", cite("doi:10.1002/pst.433")),
    Reference(
        "Evidence for vesicles: MISEV2018, Théry et al. 2018.",
        cite("doi:10.1080/20013078.2018.1535750"),
    ),
    Reference("Haemolysis signature: Smith et al. 2022.", cite("doi:10.3390/genes13071288")),
    Reference("MirGeneDB: Fromm et al. 2020.", cite("PMID 31598695")),
    Reference(
        "AUC intervals: Hanley and McNeil, Radiology 1982; DeLong, DeLong and "
        "Clarke-Pearson, Biometrics 1988."
    ),
    Reference(
        "Elastic net by coordinate descent: Friedman 2010.", cite("doi:10.18637/jss.v033.i01")
    ),
    Reference(
        "Stability selection: Meinshausen and Bühlmann 2010.",
        cite("doi:10.1111/j.1467-9868.2010.00740.x"),
    ),
    Reference(
        "Complementary halves: Shah and Samworth 2013.",
        cite("doi:10.1111/j.1467-9868.2011.01034.x"),
    ),
    Reference("Smooth calibration: Austin and Steyerberg 2014.", cite("doi:10.1002/sim.5941")),
    Reference("False discovery rate: Benjamini and Hochberg 1995."),
    Reference(
        "Standardised differences of groups: Yang and Dalton, SAS Global Forum 2012, paper 335."
    ),
)
OF_CANCERS = (Reference("Tau: Yanai et al. 2005.", cite("doi:10.1093/bioinformatics/bti042")),)
OF_COHORTS = (
    Reference(
        "Random effects: DerSimonian and Laird 1986.", cite("doi:10.1016/0197-2456(86)90046-2")
    ),
    Reference("Their intervals: Hartung and Knapp 2001.", cite("doi:10.1002/sim.1009")),
)


def references(run: Run) -> list[Reference]:
    """List the works behind the methods of a run."""
    return [
        *([] if run.config["counts"] else OF_READS),
        *OF_COUNTS,
        *(OF_CANCERS if len(run.across) else ()),
        *(OF_COHORTS if len(run.meta) else ()),
    ]
