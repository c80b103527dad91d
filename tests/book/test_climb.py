"""What the steps' tests promise about each other, about Flask, and about attacks."""

from costrel.promises import climb, comparison


def test_nothing_is_lost_on_the_way_up(runs, step, kept):
    kept(climb.lost_on_the_way(runs, step))


def test_each_test_can_fail(runs, step, kept):
    kept(climb.cannot_fail(runs, step))


def test_what_a_step_replaces_no_longer_holds(runs, step, kept):
    kept(climb.wrongly_replaced(runs, step))


def test_each_danger_is_real(runs, step, kept):
    kept(climb.unreal_dangers(runs, step))


def test_it_behaves_like_flask(runs, kept):
    kept(climb.unlike_flask(runs))


def test_table_of_differences_from_flask_is_current(runs, kept):
    kept(comparison.stale(runs))


def test_exercises_hold_on_the_newest_step(runs, ladder, kept):
    kept(climb.exercises_lost(runs, ladder.newest))


def test_exercises_can_be_solved_and_not_by_doing_nothing(runs, kept):
    kept(climb.unsolvable(runs))
