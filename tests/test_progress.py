import threading

from physdl_tf import progress


def test_the_line_is_overwritten_and_ended_once(capsys):
    progress.show(1, 2, "iteration")
    progress.show(2, 2, "iteration", ended="all done")
    assert capsys.readouterr().out == "\riteration 1 of 2\riteration 2 of 2\n"


def test_a_loop_that_ends_early_says_why(capsys):
    progress.show(100, 200, "iteration")
    progress.show(101, 200, "iteration", ended="converged")
    last = "\riteration 101 of at most 200: converged\n"
    assert capsys.readouterr().out == "\riteration 100 of 200" + last


def test_in_another_thread_there_are_no_interrupts_to_take():
    found = []

    def loop():
        with progress.interruptible() as interrupted:
            found.append(list(interrupted))

    thread = threading.Thread(target=loop)
    thread.start()
    thread.join()
    assert found == [[]]
