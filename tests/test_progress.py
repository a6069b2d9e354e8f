from physdl_tf import progress


def test_the_line_is_overwritten_and_ended_once(capsys):
    progress.show(1, 2, "iteration")
    progress.show(2, 2, "iteration")
    assert capsys.readouterr().out == "\riteration 1 of 2\riteration 2 of 2\n"
