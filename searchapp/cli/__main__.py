"""Entry point: runs a command and turns an error into one sentence and an exit code."""

import logging
import os
import sys
import warnings

# What Typer ends with, without a word, where a command left Ctrl-C to it.
TYPER_INTERRUPTED = 130


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # Set before any import can read them: nothing leaves the machine.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    keep_results_apart()
    keep_libraries_quiet()
    try:
        from searchapp.cli.app import app

        app()
    except KeyboardInterrupt:
        sys.exit(stopped())
    except SystemExit as ended:
        if ended.code != TYPER_INTERRUPTED:
            raise
        sys.exit(stopped())
    except BrokenPipeError:
        # `searchapp search … | head` closes our output; that is no failure of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        sys.exit(report(error))


def stopped() -> int:
    """Say that Ctrl-C ended a command before it could end itself; returns the exit code."""
    from searchapp.cli.console import INTERRUPTED_EXIT_CODE, print_message

    print_message("Stopped.")
    return INTERRUPTED_EXIT_CODE


def keep_results_apart() -> None:
    """Print results where standard output was, and let that descriptor mean standard error.

    Native libraries (oneDNN for one) write notes of their own to descriptor 1, where a document
    of `--json` would be spoilt by them.
    """
    results = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = open(  # noqa: SIM115 - it lives as long as the process
        results,
        "w",
        encoding=sys.stdout.encoding,
        errors=sys.stdout.errors,
        buffering=1 if os.isatty(results) else -1,
    )


def keep_libraries_quiet() -> None:
    """Leave out what libraries tell their developers when they are imported."""
    # Paddle looks for a compiler cache that only writers of its extensions use.
    warnings.filterwarnings("ignore", message="No ccache found")
    # Which of its builds FAISS loaded, at a level that Paddle's import lets through.
    logging.getLogger("faiss").setLevel(logging.WARNING)


def report(error: Exception) -> int:
    """Print the sentence of an error (or of a defect) and return the exit code."""
    from searchapp.cli.console import print_json, print_message
    from searchapp.error_table import row_for, sentence_for

    if "--debug" in sys.argv:
        raise error
    row, sentence = row_for(error), sentence_for(error)
    if row is None or sentence is None:
        sentence = (
            f"This is a defect of searchapp ({type(error).__name__}: {error}). "
            "Run the command again with --debug and report what it shows."
        )
    if "--json" in sys.argv:
        print_json({"error": {"type": type(error).__name__, "message": sentence}})
    print_message(sentence)
    return 1 if row is None else row.exit_code


if __name__ == "__main__":
    main()
