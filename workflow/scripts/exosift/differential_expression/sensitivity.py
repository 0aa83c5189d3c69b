"""A second look by an engine that calls more: PyDESeq2, for comparison only."""

import logging
import warnings as python_warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from scipy import stats

COLUMNS = tuple(f"deseq2_{what}" for what in ("log2fc", "ci_low", "ci_high", "p", "q"))


def deseq2(counts: pd.DataFrame, design: np.ndarray) -> pd.DataFrame:
    """Test the last coefficient by the Wald test of DESeq2.

    Love et al. 2014 (doi:10.1186/s13059-014-0550-8), through PyDESeq2 (Muzellec et al. 2023,
    doi:10.1093/bioinformatics/btad547). At nominal 5% it makes 7 to 16% false discoveries on plasma
    miRNAs, so that no call rests on it. All miRNAs that are tested are corrected for, and none is
    set aside by its own filters except for a single count that explains all (p is NaN).

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, units)
    design : array, shape (units, coefficients)

    Returns
    -------
    The columns of `COLUMNS`; NaN where the engine gives no p.
    """
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.ds import DeseqStats

    names = [f"c{at}" for at in range(design.shape[1])]
    units = [str(unit) for unit in counts.columns]
    matrix = pd.DataFrame(design, index=units, columns=names)
    logging.getLogger("pydeseq2").setLevel(logging.ERROR)
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")
        data = DeseqDataSet(
            counts=pd.DataFrame(counts.T.to_numpy(), index=units, columns=list(counts.index)),
            metadata=pd.DataFrame({"unit": units}, index=units),
            design=matrix,
            size_factors_fit_type="poscounts",
            refit_cooks=True,
            n_cpus=1,
            quiet=True,
        )
        data.deseq2()
        contrast = np.zeros(len(names))
        contrast[-1] = 1.0
        found = DeseqStats(data, contrast=contrast, independent_filter=False, n_cpus=1, quiet=True)
        found.summary()
    results = found.results_df.loc[list(counts.index)]
    effect = results["log2FoldChange"].to_numpy(dtype=float)
    half = stats.norm.ppf(0.975) * results["lfcSE"].to_numpy(dtype=float)
    p = results["pvalue"].to_numpy(dtype=float)
    q = np.full(len(p), np.nan)
    q[~np.isnan(p)] = stats.false_discovery_control(p[~np.isnan(p)])
    values = (effect, effect - half, effect + half, p, q)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)), index=counts.index)


def engine() -> str:
    """Name the engine and its version."""
    return f"pydeseq2 {version('pydeseq2')}"
