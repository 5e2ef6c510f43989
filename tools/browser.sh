# The browser tests need a Chromium. In CI a missing one is installed; elsewhere the command is shown.
set -eu
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium fonts-noto-core fonts-noto-cjk >/dev/null
else
    echo "No Chromium was found, so the browser tests will be skipped. On Debian: apt install chromium" >&2
fi
