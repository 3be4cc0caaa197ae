"""The tables that R's answers were made on: public data that ship with lifelines, and small edge cases.

    python -m tests.analysis.reference.tables FOLDER     writes them, with cases.csv, for make_reference.R

Nothing of R's own data is copied here. Times in other units than days stay as they are: an estimate does not
mind. `Case.file` is the CSV that both R and the program read.
"""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Case:
    """One call of `survival TABLE`, and the covariates as R writes them (`model`)."""

    name: str
    time: str
    event: str
    group: str = ""
    entry: str = ""
    strata: str = ""
    covariates: str = ""
    model: str = ""
    reference: str = ""
    ties: str = "efron"
    interval: str = "log-log"
    tau: str = ""
    at: str = ""

    @property
    def file(self) -> str:
        return f"{self.name}.csv"


def public_data() -> list[tuple[Case, pd.DataFrame]]:
    """Data sets of lifelines with the question asked of each."""
    from lifelines import datasets

    rossi = datasets.load_rossi()
    rossi["fin"] = np.where(rossi["fin"] == 1, "aid", "none")
    gbsg2 = datasets.load_gbsg2()
    lung = datasets.load_lung()
    lung["sex"] = np.where(lung["sex"] == 1, "male", "female")
    larynx = datasets.load_larynx()
    stages = larynx[["Stage_II", "Stage_III", "Stage_IV"]]
    larynx["stage"] = np.select([stages[c] == 1 for c in stages], ["II", "III", "IV"], default="I")
    leukemia = datasets.load_leukemia()
    leukemia["Rx"] = np.where(leukemia["Rx"] == 1, "control", "6-MP")
    leukemia["sex"] = np.where(leukemia["sex"] == 1, "male", "female")
    kidney = datasets.load_kidney_transplant()
    kidney["who"] = np.select(
        [kidney[c] == 1 for c in ("black_male", "white_male", "black_female")],
        ["black male", "white male", "black female"],
        default="white female",
    )
    lymphoma = datasets.load_lymphoma()
    lymphoma["Stage_group"] = lymphoma["Stage_group"].map({1: "stage 3", 2: "stage 4"})
    senators = datasets.load_canadian_senators()[["Province / Territory", "diff_days", "observed"]]
    senators.columns = ["province", "days", "observed"]
    senators = senators[senators["province"].isin(["Ontario", "Quebec", "Nova Scotia", "New Brunswick"])]
    senators = senators.assign(observed=senators["observed"].astype(int))
    dd = datasets.load_dd()[
        ["duration", "observed", "democracy", "regime", "un_continent_name", "start_year"]
    ]
    stanford = datasets.load_stanford_heart_transplants()
    stanford["arm"] = np.where(stanford["transplant"] == 1, "after transplant", "before")
    aids = datasets.load_multicenter_aids_cohort_study()
    aids["era"] = np.where(aids["AIDSY"] < 1988, "before 1988", "from 1988")
    psychiatric = datasets.load_psychiatric_patients()
    psychiatric["sex"] = psychiatric["sex"].map({1: "male", 2: "female"})
    regression = datasets.load_regression_dataset()
    g3 = datasets.load_g3()
    g3["event"] = g3["event"].astype(int)
    return [
        (
            Case(
                "rossi",
                "week",
                "arrest",
                group="fin",
                covariates="age,prio,race",
                model="age+prio+race",
                reference="none",
                tau="50",
                at="10,20,30,40,52",
            ),
            rossi,
        ),
        (
            Case(
                "gbsg2",
                "time",
                "cens",
                group="horTh",
                strata="menostat",
                covariates="age,tgrade,pnodes,horTh:pnodes",
                model="age+tgrade+pnodes+group:pnodes",
                tau="2000",
                at="0,365,730,1000,2000,2600",
            ),
            gbsg2,
        ),
        (
            Case("waltons", "T", "E", group="group", interval="log", tau="60", at="6,13,33,50"),
            datasets.load_waltons(),
        ),
        (
            Case(
                "larynx",
                "time",
                "death",
                group="stage",
                covariates="age,stage:age",
                model="age+group:age",
                ties="breslow",
                tau="4",
                at="1,2,3.5,5",
            ),
            larynx,
        ),
        (
            Case(
                "leukemia",
                "t",
                "status",
                group="Rx",
                strata="sex",
                covariates="logWBC",
                model="logWBC",
                interval="plain",
                tau="20",
                at="5,10,22,23",
            ),
            leukemia,
        ),
        (
            Case(
                "lung",
                "time",
                "status",
                group="sex",
                covariates="age,ph.ecog,wt.loss",
                model="age+ph.ecog+wt.loss",
                tau="900",
                at="100,300,640",
            ),
            lung[["time", "status", "sex", "age", "ph.ecog", "wt.loss"]],
        ),
        (
            Case(
                "kidney",
                "time",
                "death",
                group="who",
                covariates="log(age)",
                model="log(age)",
                ties="breslow",
                tau="3000",
                at="500,1500,3000",
            ),
            kidney[["time", "death", "age", "who"]],
        ),
        (Case("lymphoma", "Time", "Censor", group="Stage_group", tau="300", at="50,100,300"), lymphoma),
        (
            Case(
                "senators",
                "days",
                "observed",
                group="province",
                tau="9000",
                at="1000,5000,9000",
                interval="log",
                ties="breslow",
            ),
            senators,
        ),
        (
            Case(
                "regimes",
                "duration",
                "observed",
                group="democracy",
                strata="un_continent_name",
                covariates="regime",
                model="regime",
                tau="20",
                at="1,4,8,20",
            ),
            dd.drop(columns="start_year"),
        ),
        (
            Case(
                "heart",
                "stop",
                "event",
                group="arm",
                entry="start",
                covariates="age,surgery",
                model="age+surgery",
                at="10,100,1000",
            ),
            stanford[["start", "stop", "event", "age", "surgery", "arm"]],
        ),
        (
            Case("aids", "T", "D", group="era", entry="W", at="2,5,7", reference="from 1988"),
            aids[["W", "T", "D", "era"]],
        ),
        (
            Case(
                "psychiatric",
                "T",
                "C",
                group="sex",
                covariates="Age",
                model="Age",
                interval="plain",
                at="10,25,35",
            ),
            psychiatric,
        ),
        (
            Case(
                "regression",
                "T",
                "E",
                covariates="var1,var2,var3,var1:var3",
                model="var1+var2+var3+var1:var3",
            ),
            regression,
        ),
        (Case("glioma", "time", "event", group="group", strata="histology", at="10,30,50"), g3),
    ]


def _frame(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text.replace(" ", "").replace("/", "\n")), dtype=str)


def edge_cases() -> list[tuple[Case, pd.DataFrame]]:
    """Small tables in which something is degenerate: named by what it is."""
    rng = np.random.default_rng(20250514)
    n = 60
    marker = rng.normal(size=n).round(3)
    base = pd.DataFrame(
        {
            "time": rng.integers(1, 200, n),
            "event": (rng.random(n) < 0.6).astype(int),
            "group": np.where(np.arange(n) % 2, "B", "A"),
            "x": marker,
        }
    )
    twins = base.assign(twice=2 * base["x"] + 1, same=7, y=rng.normal(size=n).round(3))
    separated = base.assign(sign=base["event"].map({1: "yes", 0: "no"}))
    gap = base.assign(event=np.where(base["group"] == "B", 0, base["event"]))
    holes = base.astype(object).copy()
    holes.loc[[3, 9, 17], "x"] = ""
    holes.loc[[5, 6], "time"] = ""
    holes.loc[[7], "event"] = ""
    holes.loc[[20, 21], "group"] = ""
    noise = pd.DataFrame(
        {
            "time": [
                "0.3",
                "0.30000000000000004",
                "0.6",
                "0.6000000000000001",
                "0.9",
                "0.8999999999999999",
                "1.2",
                "1.5",
            ],
            "event": [1, 0, 1, 1, 1, 1, 0, 1],
            "group": ["A", "B", "A", "B", "A", "B", "A", "B"],
        }
    )
    strata = base.assign(site=[["s1", "s2", "s3"][i % 3] for i in range(n)])
    strata.loc[strata["site"] == "s3", "event"] = 0  # a stratum without an event
    strata = pd.concat(
        [strata, pd.DataFrame([{"time": 30, "event": 1, "group": "A", "x": 0.1, "site": "lonely"}])]
    )
    late = base.assign(entry=np.maximum(0, base["time"] - rng.integers(1, 60, n)))
    many = base.assign(group=[["A", "B", "C", "D"][i % 4] for i in range(n)])
    crossed = base.assign(f=[["u", "v", "w"][i % 3] for i in range(n)])
    times = {"time": "time", "event": "event"}
    return [
        (Case("all_censored", **times, group="group", at="20"), base.assign(event=0)),
        (Case("all_events", **times, group="group", at="20,100"), base.assign(event=1)),
        (
            Case("ties_at_zero", **times, group="group", at="0,1"),
            _frame("time,event,group/0,1,A/0,0,A/0,1,B/5,1,A/7,0,B/9,1,B/9,1,A"),
        ),
        (Case("a_group_without_events", **times, group="group", covariates="x", model="x", at="50"), gap),
        (Case("a_single_patient", **times, at="3"), _frame("time,event/5,1")),
        (Case("a_single_censored_patient", **times, at="3,5"), _frame("time,event/5,0")),
        (Case("the_median_on_a_plateau", **times, at="2,3"), _frame("time,event/1,1/2,1/3,0/4,1/5,1/6,0")),
        (Case("a_half_that_lasts_to_the_end", **times), _frame("time,event/1,1/2,1/3,0/4,0")),
        (
            Case("a_half_missed_by_rounding", **times),
            pd.DataFrame({"time": range(1, 25), "event": [1] * 12 + [0] * 12}),
        ),
        (Case("times_with_floating_point_noise", **times, group="group", at="0.3,0.9"), noise),
        (
            Case("late_entry_with_an_emptying_risk_set", **times, entry="entry", group="group", at="3,6,12"),
            _frame("time,event,entry,group/3,1,0,A/5,0,1,A/8,1,6,B/9,1,6,A/12,0,7,B/15,1,8,B/20,1,10,A"),
        ),
        (
            Case(
                "late_entry_with_ties",
                **times,
                entry="entry",
                group="group",
                covariates="x",
                model="x",
                at="50,150",
            ),
            late,
        ),
        (Case("late_entry_breslow", **times, entry="entry", group="group", ties="breslow"), late),
        (Case("a_covariate_that_separates", **times, covariates="sign,x", model="sign+x"), separated),
        (Case("a_constant_covariate", **times, group="group", covariates="same,x", model="same+x"), twins),
        (
            Case("a_collinear_covariate", **times, group="group", covariates="x,twice,y", model="x+twice+y"),
            twins,
        ),
        (Case("missing_values", **times, group="group", covariates="x", model="x", at="50"), holes),
        (
            Case("strata_empty_or_of_one", **times, group="group", strata="site", covariates="x", model="x"),
            strata,
        ),
        (
            Case("four_groups_breslow", **times, group="group", ties="breslow", interval="log", at="50,100"),
            many,
        ),
        (
            Case("categories_crossed", **times, group="group", covariates="f,group:f", model="f+group:f"),
            crossed,
        ),
        (Case("an_interaction_without_its_main_effect", **times, covariates="x,f:x", model="x+f:x"), crossed),
        (
            Case("interactions_that_share_a_variable", **times, covariates="x:z,f:x", model="x:z+f:x"),
            crossed.assign(z=[(7 * i) % 11 for i in range(n)]),
        ),
        (Case("one_event_in_all", **times, group="group"), base.assign(event=[1] + [0] * (n - 1))),
        (Case("two_patients", **times, group="group", at="1,2"), _frame("time,event,group/1,1,A/2,1,B")),
    ]


def cases() -> list[tuple[Case, pd.DataFrame]]:
    """Every table with its question."""
    return public_data() + edge_cases()


def write_tables(folder: Path) -> None:
    """Write each table as CSV, and cases.csv with the questions."""
    folder.mkdir(parents=True, exist_ok=True)
    for case, frame in cases():
        frame.to_csv(folder / case.file, index=False)
    with (folder / "cases.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(asdict(cases()[0][0])))
        writer.writeheader()
        writer.writerows(asdict(case) for case, _frame in cases())


if __name__ == "__main__":
    write_tables(Path(sys.argv[1]))
