"""Rule compare_cancers -> exosift.across_cancers.compare_cancers, meta_analysis and power."""

from exosift.across_cancers import Found, compare_cancers
from exosift.differential_expression.record import read_record
from exosift.log import log_to
from exosift.meta_analysis import combine_cohorts
from exosift.power import summarise
from exosift.settings.across_cancers import AcrossRules
from exosift.settings.power import PowerRules
from exosift.table_files import read_run_table, write_run_table
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    contrasts = given.study.contrasts
    names = [contrast.name for contrast in contrasts]
    tables = {
        name: read_run_table("tests", path)
        for name, path in zip(names, snakemake.input.tables, strict=True)
    }
    records = {
        name: read_record(path).to_dict()
        for name, path in zip(names, snakemake.input.records, strict=True)
    }
    called = {
        name: read_run_table("candidates", path)
        for name, path in zip(names, snakemake.input.called, strict=True)
    }
    found = Found(contrasts, tables, records, called, given.counts, given.sheet)
    rules = AcrossRules(**given.study.config["across_cancers"])
    write_run_table("across", compare_cancers(found, rules), snakemake.output.across)
    write_run_table("meta", combine_cohorts(contrasts, tables, records), snakemake.output.meta)
    call = given.study.config["candidates"]
    power = PowerRules(**given.study.config["power"])
    limits = call["q"], call["log2_fold_change"]
    seen = summarise(called, tables, records, *limits, power)
    write_run_table("power", seen, snakemake.output.power)
