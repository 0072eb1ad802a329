"""Rollouts of firmware: the plan, the words, the decisions; pure values and functions."""

from __future__ import annotations

from fleet.rollouts.deciding import Ask, Close, Decisions, Rollout, advance
from fleet.rollouts.plan import Member, Plan, Skip
from fleet.rollouts.states import Result, RolloutState, Stage, Step, Verdict
from fleet.rollouts.terms import Limits, Terms, Window
from fleet.rollouts.unit import Told, Unit

__all__ = [
    "Ask",
    "Close",
    "Decisions",
    "Limits",
    "Member",
    "Plan",
    "Result",
    "Rollout",
    "RolloutState",
    "Skip",
    "Stage",
    "Step",
    "Terms",
    "Told",
    "Unit",
    "Verdict",
    "Window",
    "advance",
]
