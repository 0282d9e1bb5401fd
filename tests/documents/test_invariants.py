"""Which test holds which of the domain's invariants: every one has its tests, and they are there.

| | invariant |
|-|-|
| 1 | replaying its events gives a record; any edit of them is found |
| 2 | no step outside the tables; times never run backwards; late facts bear both instants |
| 3 | a deadline is a pure function of policy, calendar and start; working days add up |
| 4 | late is what finished after its limit, whenever one looks |
| 5 | each completed cycle has exactly one callback |
| 6 | nobody judges what he did; the operator takes no step of a unit's |
| 7 | figures: 0 <= part <= whole, sums add up, order changes nothing; good never lowers and bad \
never raises; what is shown is never better |
| 8 | an exempted window leaves with its good and its bad ones; without one, adjusted is raw |
| 9 | a sealed value stays; each later difference is a restatement |
| 10 | indicator 1: a call once, by how its stay in the queues ended |
| 11 | indicator 5 is compared in whole numbers |
| 12 | indicator 12: less than, within; no class and no merger loosens a clock |
| 13 | indicator 13: host and all displays; snapshots approach the time-weighted share |
| 17 | agents find what is in force and nothing else; one version at a time |
| 18 | reports are owed once each; the documents' numbers are the snapshot's |
| 20 | no number of a person on a page, in a log, a report or an export; masking twice is once |
| 21 | a request taken again by its reference is the same request; what is exchanged keeps its \
state, times and notes |

14 and 15 (rosters, staffing), 16 (quality inspection), 19 (ranking) and 22 (acceptance) are of
parts that the product does not have.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FIGURES = "ops_core_kpi/test_figures_machine.py"
HELD_BY = {
    1: (
        "ops_core/hotline/test_order_invariants.py::whatever_anybody_tries_an_order_is_its_events",
        "ops_core/hotline/test_adjudications.py::replaying_its_events_gives_the_matter",
        "ops_core/obligations/test_life.py::no_step_outside_the_table_and_the_replay_is_the_report",
        "ops_core/registers/test_register_steps.py::"
        "a_chain_gives_its_item_again_and_any_change_of_it_shows",
        "ops_core/knowledge/test_model.py::a_changed_link_breaks_its_chain",
        "ops_core/kernel/test_audit.py::any_edit_is_found_at_the_entry_edited",
        "ops_core/app/test_tampering.py::a_changed_column_is_found",
        "ops_core/app/test_tampering.py::a_row_taken_out_is_found",
    ),
    2: (
        "ops_core/hotline/test_order_table.py::"
        "a_step_is_taken_where_and_by_whom_the_table_says",
        "ops_core/hotline/test_adjudications.py::"
        "only_steps_of_the_table_are_taken_and_only_by_the_side_that_decides",
        "ops_core/registers/test_register_steps.py::"
        "a_step_leads_where_the_table_says_and_is_refused_elsewhere",
        "ops_core/obligations/test_report_table.py::"
        "a_step_leads_where_the_table_says_and_is_refused_elsewhere",
        "ops_core_kpi/test_exemptions.py::every_state_step_and_actor_as_the_table_says",
        "ops_core_kpi/test_sealing.py::every_state_step_and_side_as_the_table_says",
        "ops_core/knowledge/test_model.py::an_article_takes_the_steps_of_its_table_and_no_others",
        "ops_core/knowledge/test_model.py::a_notice_takes_the_steps_of_its_table_and_no_others",
        "ops_core/knowledge/test_training.py::"
        "a_person_takes_the_steps_of_the_table_and_no_others",
        "incident/test_false_alarm.py::every_state_step_and_actor_as_the_table_says",
        "ops_core/hotline/test_order_model.py::time_does_not_run_backwards",
        "wallboard/test_forbidden_steps.py::a_step_out_of_turn_is_409_with_what_is_allowed",
    ),
    3: (
        "ops_core/kernel/test_working_days.py::counting_gives_back_what_was_added",
        "ops_core/kernel/test_working_days.py::parts_of_a_stretch_add_up",
        "ops_core/kernel/test_working_days.py::"
        "holidays_alone_count_nothing_and_a_make_up_saturday_one",
        "ops_core/kernel/test_working_days.py::a_year_without_a_notice_is_refused",
        "ops_core/kernel/test_working_days.py::one_working_day_later",
        "ops_core/kernel/test_working_days.py::the_eighth_working_day_of_a_month",
        "ops_core/kernel/test_working_days.py::both_years_have_248_working_days",
        "ops_core/hotline/test_deadline_invariants.py::"
        "limits_add_up_and_end_with_a_working_day",
        "ops_core/hotline/test_deadline_invariants.py::"
        "hours_run_by_the_clock_and_working_days_come_after_them",
        "ops_core/hotline/test_deadline_invariants.py::"
        "what_never_outlasts_another_limit_never_does",
        "ops_core/obligations/test_calendar.py::"
        "the_monthly_report_is_due_at_the_end_of_the_eighth_working_day",
    ),
    4: (
        "ops_core/hotline/test_deadline_invariants.py::"
        "late_is_what_finished_after_the_limit_whenever_one_looks",
        "ops_core/hotline/test_deadline_invariants.py::"
        "the_last_moment_is_in_time_and_the_next_is_not",
    ),
    5: (
        "ops_core/hotline/test_order_invariants.py::whatever_anybody_tries_an_order_is_its_events",
        "ops_core/hotline/test_course_of_an_order.py::"
        "reopened_and_completed_again_is_called_back_again",
        "ops_core/hotline/test_co_units.py::an_order_is_completed_when_its_co_units_have_replied",
    ),
    6: (
        "ops_core/hotline/test_order_model.py::nobody_judges_the_own_dispatch",
        "ops_core/hotline/test_order_model.py::"
        "whoever_replied_does_not_review_it_on_the_other_side_either",
        "ops_core/hotline/test_order_model.py::the_operator_may_not_do_what_the_unit_answers_for",
        "ops_core/hotline/test_adjudications.py::"
        "whoever_had_a_part_in_it_does_not_decide_on_the_other_side_either",
        "ops_core/hotline/test_course_of_an_order.py::whoever_took_the_request_does_not_call_back",
        "ops_core/knowledge/test_model.py::nobody_reviews_what_he_wrote_a_word_of",
        "ops_core/obligations/test_life.py::"
        "whoever_wrote_does_not_review_and_each_side_keeps_to_its_own",
        "wallboard/test_forbidden_steps.py::a_step_of_the_other_side_is_403_and_on_record",
    ),
    7: (
        f"{FIGURES}::whatever_happens_every_figure_is_a_recount_of_its_events",
        "ops_core_kpi/test_figures.py::a_figure_counts_each_record_once",
        "ops_core_kpi/test_figures.py::the_order_of_records_changes_nothing",
        "ops_core_kpi/test_figures.py::a_good_record_never_lowers_a_bad_one_never_raises",
        "ops_core_kpi/test_figures.py::months_add_up_to_their_year",
        "ops_core_kpi/test_figures.py::what_is_shown_never_exceeds_the_value_and_passes_only_with_it",
        "ops_core_kpi/test_measures.py::what_is_pending_lies_between_its_bounds",
        "ops_core/hotline/test_call_model.py::an_event_that_is_lost_never_raises_the_share",
        "incident/test_merged_record.py::a_merger_raises_no_figure",
    ),
    8: (
        "ops_core_kpi/test_exemptions.py::"
        "what_is_exempted_leaves_by_aggregates_what_it_leaves_record_by_record",
        "ops_core_kpi/test_exemptions.py::"
        "the_ratios_beside_a_figure_are_those_of_what_is_left",
        f"{FIGURES}::whatever_happens_every_figure_is_a_recount_of_its_events",
    ),
    9: (
        "ops_core_kpi/test_sealing.py::"
        "whatever_comes_later_every_sealed_value_stays_and_each_difference_has_its_record",
    ),
    10: (
        "ops_core/hotline/test_call_model.py::every_call_that_entered_has_one_outcome",
        "ops_core/hotline/test_call_model.py::how_often_it_rang_changes_no_outcome",
        "ops_core/hotline/test_call_invariants.py::neither_order_nor_lots_nor_repetition_matters",
    ),
    11: (
        "ops_core_kpi/test_measures.py::"
        "one_complaint_in_ten_thousand_requests_is_compared_in_whole_numbers",
    ),
    12: (
        "incident/test_clocks.py::less_than_misses_at_the_limit_and_within_only_after_it",
        "incident/test_clocks.py::another_class_never_loosens_a_clock",
        "incident/test_merging.py::a_merger_shortens_no_fault",
    ),
    13: (
        "ops_core_kpi/test_indicators.py::"
        "snapshots_taken_ever_more_often_approach_the_time_weighted_share",
        "seat_assets/test_model.py::"
        "a_terminal_is_as_its_worse_part_and_available_in_one_case_of_nine",
        "seat_assets/test_in_service.py::no_edit_of_the_list_moves_a_figure_of_the_past",
    ),
    17: (
        "ops_core/knowledge/test_updates_in_time.py::"
        "whatever_editors_do_agents_find_what_is_in_force",
        "ops_core/knowledge/test_model.py::at_any_instant_one_version_is_in_force_or_none",
    ),
    18: (
        "ops_core/obligations/test_calendar.py::"
        "the_calendar_is_idempotent_and_owes_each_report_once",
        "ops_core/reports/test_documents.py::"
        "every_number_of_the_document_is_one_of_the_snapshot",
    ),
    20: (
        "ops_core/hotline/test_masking_invariants.py::masking_twice_is_masking_once",
        "ops_core/reports/test_documents.py::no_number_of_a_caller_is_in_any_file",
        "wallboard/test_canary.py::no_page_and_no_api_shows_it_to_any_role",
        "wallboard/test_canary.py::no_event_audit_entry_or_log_line_keeps_it",
    ),
    21: (
        "ops_core/hotline/test_course_of_an_order.py::"
        "the_same_reference_again_is_the_same_request",
        "wallboard/test_open311.py::"
        "a_report_becomes_an_order_once_and_comes_back_with_its_answer",
        "wallboard/test_open311.py::"
        "a_city_hotline_transfers_and_corrects_and_has_its_answer_back",
        "wallboard/test_open311.py::"
        "an_order_is_handed_back_to_its_city_and_its_answer_returns",
    ),
}  # fmt: skip
NO_PART_OF_THE_PRODUCT = {14, 15, 16, 19, 22}


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def test_every_invariant_is_held_or_of_no_part_of_the_product() -> None:
    assert HELD_BY.keys() | NO_PART_OF_THE_PRODUCT == {*range(1, 23)}
    assert not HELD_BY.keys() & NO_PART_OF_THE_PRODUCT


@pytest.mark.parametrize("number", HELD_BY)
def test_the_tests_that_hold_it_are_there(number: int) -> None:
    for named in HELD_BY[number]:
        file, test = named.split("::")
        assert f"test_{test}" in names_in(file), named
