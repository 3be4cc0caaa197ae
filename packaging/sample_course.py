"""What happens to the patients of the synthetic trial: visits, ALSFRS-R, breathing, weight, laboratory.

All values are invented by the rules in `docs/sample-study.md`. Days count from randomisation (day 0); cycle k
of five injections begins on day 1 + 28 (k - 1). Every patient draws from a random stream of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from sample_trial import DATA_CUT, HORIZON_DAYS, SEED, Population, arm_hazard_ratio

from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Visit

MONTH_DAYS = 30.4375
CYCLES, CYCLE_DAYS, DOSES_A_CYCLE = 19, 28, 5
LAST_DOSE_DAY = CYCLE_DAYS * (CYCLES - 1) + DOSES_A_CYCLE

# Region of each item (bulbar, fine motor, gross motor, respiratory) and its share of the loss by onset.
REGIONS = dict(zip(codes.ALSFRS_R_ITEMS, "bbbffffgggrrr", strict=True))
SHARES = {
    "limb": {"b": 0.55, "f": 1.4, "g": 1.4, "r": 0.45},
    "bulbar": {"b": 2.0, "f": 0.9, "g": 0.75, "r": 0.55},
}
MISSED_REASONS = ("patient unwell", "hospitalised elsewhere", "unable to travel", "patient refused")


@dataclass
class VisitRow:
    """A visit of one patient: the day it took place and what was measured, or why it did not."""

    patient: int
    visit: Visit
    day: int
    missed: str = ""
    values: dict[str, float] = field(default_factory=dict)


@dataclass
class Patient:
    """The course of one randomised patient; a day of -1 is one that never came."""

    number: int
    onset_months: float  # of symptoms at inclusion
    diagnosis_months: float  # from first symptoms
    run_in_days: int  # from consent to randomisation
    loss_at_start: float  # points of ALSFRS-R
    loss_a_month: float
    stop_day: int = -1  # end of treatment
    withdrawal_day: int = -1  # end of visits
    contact_day: int = 0
    niv_day: int = -1
    gastrostomy_day: int = -1
    tracheostomy_day: int = -1
    visits: list[VisitRow] = field(default_factory=list)


def make_course(population: Population, protocol: Protocol) -> list[Patient]:
    """Let the trial run until its data cut: one course per patient, in the order of randomisation."""
    return [_Course(population, protocol, number).run() for number in range(len(population.site))]


class _Course:
    """The drawing of one patient's course: traits first, then visit by visit."""

    def __init__(self, population: Population, protocol: Protocol, number: int) -> None:
        rng = self.rng = np.random.Generator(np.random.PCG64([SEED, 7_000 + number]))
        self.population, self.protocol, self.number = population, protocol, number
        self.active = bool(population.active[number])
        self.pnfh = float(population.pnfh[number])
        self.end = min(int(population.death_day[number]), int(population.follow_up_day[number]))
        progression = float(population.progression[number])
        onset = float(np.clip(rng.lognormal(np.log(12.5), 0.42), 4.0, 23.5))
        slowing = float(arm_hazard_ratio(np.array([self.pnfh]))[0]) ** 0.25 if self.active else 1.0
        self.patient = Patient(
            number=number,
            onset_months=onset,
            diagnosis_months=float(onset * rng.uniform(0.45, 0.9)),
            run_in_days=int(rng.integers(86, 125)),
            loss_at_start=float(np.clip(progression * onset, 2, 24)),
            loss_a_month=float(progression * slowing * rng.lognormal(0, 0.15)),
        )
        shares = SHARES[population.onset_site[number]]
        weight = np.array([shares[REGIONS[item]] for item in codes.ALSFRS_R_ITEMS])
        weight *= rng.lognormal(0, 0.5, 13)
        weight[5] = 0.0  # 5b stands for 5a after a gastrostomy
        self.weight = weight / weight.sum()
        self.threshold = rng.uniform(0.0, 0.98, 13)
        self.svc = float(np.clip(rng.normal(94, 13), 71, 135))
        self.body = float(np.clip(rng.normal(78 if population.male[number] else 64, 11), 42, 120))
        # Laboratory levels of the patient; what is measured scatters around them.
        z = (np.log(self.pnfh) - 7.617) / 0.743
        self.cd4 = float(np.clip(rng.lognormal(np.log(800), 0.35), 250, 2200))
        self.treg = float(np.clip(rng.normal(7.5, 2), 2, 16))
        self.rise = float(max(rng.normal(6.2, 2.2), 0.5)) if self.active else float(rng.normal(-0.5, 1.3))
        self.eosinophils = float(np.clip(rng.lognormal(np.log(0.16), 0.45), 0.02, 0.9)) * 1000
        self.ccl2_plasma = float(rng.lognormal(np.log(165), 0.3))
        self.ccl2_csf = float(rng.lognormal(np.log(720), 0.3))
        self.nfl = float(np.exp(np.log(68) + 0.5 * (0.8 * z + 0.6 * rng.normal())))

    def run(self) -> Patient:
        """The whole course."""
        patient, rng = self.patient, self.rng
        lost = int(self.population.lost_day[self.number])
        if lost:
            patient.stop_day = patient.withdrawal_day = lost
        else:
            leaves, day = rng.random() < 0.09, int(rng.integers(40, 480))
            if leaves and day < self.end - 30:
                patient.stop_day = patient.withdrawal_day = day
            stops, day = rng.random() < 0.09, int(rng.integers(20, 420))
            if patient.stop_day < 0 and stops and day < self.end - 20:
                patient.stop_day = day
        for visit in self.protocol.visits:
            if visit.day is not None:
                self._visit(visit)
        patient.contact_day = self._last_contact(lost)
        alive = self.population.death_day[self.number] > self.population.follow_up_day[self.number]
        still_followed = self.population.follow_up_day[self.number] < HORIZON_DAYS
        if alive and patient.withdrawal_day < 0 and rng.random() < (0.8 if still_followed else 0.04):
            late = 1 + int(rng.integers(0, 2)) if still_followed else 1
            del patient.visits[-late:]  # not in the file: overdue, until somebody enters them
        return patient

    def _visit(self, visit: Visit) -> None:
        assert visit.day is not None
        patient, rng = self.patient, self.rng
        slack = round(rng.normal(0, (visit.before + visit.after) / 7))
        slack = int(np.clip(slack, -visit.before, visit.after))
        late, misses, why = rng.random() < 0.04, rng.random(), int(rng.integers(len(MISSED_REASONS)))
        if visit.day <= 0:
            day = -patient.run_in_days if visit.day < 0 else 0
        else:
            day = visit.day + slack + (visit.after + int(rng.integers(2, 10)) if late else 0)
            end = self.population.follow_up_day[self.number]
            if visit.day == HORIZON_DAYS and end >= HORIZON_DAYS:
                day = int(end)  # the last visit ends the follow-up
            last_day = patient.withdrawal_day if patient.withdrawal_day >= 0 else self.end
            if day > last_day or day >= self.population.death_day[self.number]:
                return
            if patient.visits and day <= patient.visits[-1].day:
                day = patient.visits[-1].day + 3
            ill = self.population.death_day[self.number] - day < 75  # the very ill come less often
            if misses < (0.3 if ill else 0.03):
                patient.visits.append(VisitRow(self.number, visit, day, missed=MISSED_REASONS[why]))
                return
        self._events_until(day)
        measured = {**self._scores(day), **self._body(day), **self._blood(day), **self._csf(day)}
        due = set(visit.due)
        if codes.ALSFRS_R_TOTAL in due:
            due.update(codes.ALSFRS_R_ITEMS)
        values = {code: value for code, value in measured.items() if code in due}
        patient.visits.append(VisitRow(self.number, visit, day, values=values))

    def _loss(self, day: int) -> float:
        patient = self.patient
        months = (day + patient.run_in_days) / MONTH_DAYS
        return patient.loss_at_start + patient.loss_a_month * months

    def _scores(self, day: int) -> dict[str, float]:
        """The twelve items and their total; 5a or 5b, never both."""
        patient = self.patient
        lost = self.weight * self._loss(day) + self.threshold
        score = np.clip(4 - np.floor(lost), 0, 4)
        noise = self.rng.random(13)
        score = np.clip(score + np.where(noise < 0.025, 1, 0) - np.where(noise > 0.975, 1, 0), 0, 4)
        values = dict(zip(codes.ALSFRS_R_ITEMS, score.tolist(), strict=True))
        if 0 <= patient.gastrostomy_day <= day:
            values["alsfrs_r_5b"] = max(0.0, values.pop("alsfrs_r_5a") - 1)
        else:
            del values["alsfrs_r_5b"]
        on_niv = (day - patient.niv_day) / MONTH_DAYS if 0 <= patient.niv_day <= day else None
        values["alsfrs_r_12"] = 4.0 if on_niv is None else 3.0 if on_niv < 3 else 2.0 if on_niv < 8 else 1.0
        values[codes.ALSFRS_R_TOTAL] = float(sum(values.values()))
        return values

    def _body(self, day: int) -> dict[str, float]:
        months = (day + self.patient.run_in_days) / MONTH_DAYS
        rate = self.patient.loss_a_month
        svc = self.svc - (0.3 + 1.5 * rate) * months + self.rng.normal(0, 2.5)
        weight = self.body - (0.05 + 0.25 * rate) * months + self.rng.normal(0, 0.6)
        if day <= 0:
            svc = max(svc, 70 + abs(self.rng.normal(0, 2)))  # otherwise the patient would not be in
        return {
            codes.SVC_PERCENT: round(float(np.clip(svc, 14, 140)), 0),
            codes.WEIGHT: round(float(np.clip(weight, 35, 130)), 1),
        }

    def _exposure(self, day: int) -> float:
        """How much of the full rise of Tregs is there: 1 three days after the doses, 0.3 before the next."""
        stop = self.patient.stop_day if self.patient.stop_day >= 0 else LAST_DOSE_DAY
        if day <= 1:
            return 0.0
        since = (day - 1) % CYCLE_DAYS
        if day > stop + 3:
            weeks = (day - stop) / 7
            return float(np.exp(-weeks / 3.3))  # 0.3 after four weeks, and on towards nothing
        rest = 0.3 if day > CYCLE_DAYS else 0.0
        return rest + (1 - rest) * since / 7 if since <= 7 else 1.0 - 0.7 * (since - 7) / 21

    def _blood(self, day: int) -> dict[str, float]:
        rng, exposure = self.rng, self._exposure(day)
        effect = exposure if self.active else 0.0
        treg = np.clip((self.treg + self.rise * exposure) * rng.lognormal(0, 0.13), 0.8, 35)
        cd4 = np.clip(self.cd4 * (1 + 0.1 * effect) * rng.lognormal(0, 0.14), 150, 2800)
        percent, cells = round(float(treg), 1), round(float(cd4), 0)
        months = (day + self.patient.run_in_days) / MONTH_DAYS
        nfl = self.nfl * (1 + 0.01 * months) * rng.lognormal(0, 0.12)
        return {
            codes.TREG_PERCENT: percent,
            codes.CD4_COUNT: cells,
            codes.TREG_COUNT: round(cells * percent / 100, 1),
            codes.EOSINOPHILS: round(
                float(self.eosinophils * (1 + 1.3 * effect) * rng.lognormal(0, 0.25)), -1
            ),
            codes.CCL2_PLASMA: round(
                float(self.ccl2_plasma * (1 + 0.25 * effect) * rng.lognormal(0, 0.15)), 0
            ),
            codes.SERUM_NFL: round(float(nfl), 1),
        }

    def _csf(self, day: int) -> dict[str, float]:
        rng = self.rng
        later = rng.lognormal(0, 0.14) * (0.93 if self.active else 1.03)
        pnfh = self.pnfh * (1.0 if day == 0 else rng.lognormal(0, 0.1) if day < 0 else later)
        ccl2 = self.ccl2_csf * rng.lognormal(0, 0.12) * (0.85 if self.active and day > 0 else 1.0)
        return {codes.CSF_PNFH: round(float(pnfh), 1), codes.CCL2_CSF: round(float(ccl2), 0)}

    def _events_until(self, day: int) -> None:
        """What the loss of swallowing and breathing has led to by this visit."""
        patient, rng = self.patient, self.rng
        draw, delay = rng.random(2), int(rng.integers(3, 25))
        when = day - delay
        if when <= 0:
            return
        loss = self.weight * self._loss(day)
        if patient.gastrostomy_day < 0 and loss[2] > 2.2 and draw[0] < 0.5:
            patient.gastrostomy_day = when
        respiratory = max(loss[10], loss[11])
        if patient.niv_day < 0 and respiratory > 1.6 and draw[1] < 0.45:
            patient.niv_day = when

    def _last_contact(self, lost: int) -> int:
        """The last day on which somebody knew the patient to be alive; the day of death for the dead."""
        death = int(self.population.death_day[self.number])
        end = int(self.population.follow_up_day[self.number])
        if lost:
            return lost
        if death <= end:
            return death
        if end >= HORIZON_DAYS:
            return end
        # Still followed at the data cut: a visit or a telephone call within the last weeks.
        seen = max((row.day for row in self.patient.visits if not row.missed), default=0)
        cut = (DATA_CUT - self.population.randomised[self.number]).days
        return max(seen, cut - int(self.rng.integers(1, 21)))
