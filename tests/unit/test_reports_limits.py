"""Pages say what their data cannot show, and nothing that is not so."""

from exosift.reports.limits import limits

from tests.fake_run import fake_run


def test_what_other_cohorts_there_were_is_told() -> None:
    run = fake_run().run
    alone, together, asked = (
        " ".join(limits(run, answered, several=several))
        for answered, several in (((), False), ((), True), (("crc",), True))
    )
    assert "No second, independent cohort was examined." in alone
    assert "held together after all of them were seen" in together
    assert "asked about the panel of crc alone" in asked
    assert "No second" not in together + asked
