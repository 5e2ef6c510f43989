# Usage: environment.sh PYTHON FOLDER core|test|caption. Makes a virtual environment and installs into it.
set -eu
python=$1 folder=$2 part=$3
fail() { echo "$1" >&2; exit 1; }

[ -n "$python" ] || fail "Python 3.11, 3.12 or 3.13 is needed and none was found. Install one and run make again."
"$python" -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))' ||
    fail "$python is $("$python" --version), and searchapp needs Python 3.11 to 3.13. Try: make PYTHON=/path/to/python3.11 demo"
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "$python has no venv module. On Debian or Ubuntu: apt install python3-venv"
if [ ! -x "$folder/bin/python" ]; then
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge 3000 ] || fail "The environment needs 3000 MB of disk, and $free MB are free here."
    echo "Making the environment in $folder ..."
    "$python" -m venv "$folder"
fi
started=$(date +%s)
case $part in
    core) wanted="-c constraints.txt -e ." ;;
    test) wanted="-c constraints.txt -e .[test]" ;;
    # Its process needs two rooms of the project and none of the project's own dependencies.
    caption) wanted="-r tools/caption-requirements.txt" ;;
    *) fail "environment.sh: there is no part $part" ;;
esac
echo "Installing ($part, about 1.7 GB on disk when done; some minutes on a first run) ..."
# shellcheck disable=SC2086 - the words of $wanted are meant to be split
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check $wanted ||
    fail "Installing did not succeed; the lines above say why. Run make again when that is mended: what is there is kept."
if [ "$part" = caption ]; then
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -e . ||
        fail "The project itself could not be installed into $folder; the lines above say why."
fi
echo "Installed in $(($(date +%s) - started)) s."
