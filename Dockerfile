# docker build -t tmpleak-lint . && docker run --rm -v "$PWD:/code:ro" tmpleak-lint .
FROM python:3.13-slim

COPY pyproject.toml README.md LICENSE /source/
COPY tmpleak_lint /source/tmpleak_lint
RUN pip install --no-cache-dir /source && rm -r /source

USER nobody
WORKDIR /code
ENTRYPOINT ["tmpleak-lint"]
