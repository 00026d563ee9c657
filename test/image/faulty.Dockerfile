# Read by a test of hadolint; never built.
FROM debian:bookworm-slim
USER root
