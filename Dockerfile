# The explorer on a CPU. Build and run it: see ui/hosting/README.md.
ARG PYTHON=3.11
FROM python:${PYTHON}-slim-bookworm

# Where PyTorch's wheels without CUDA are: with it the image would be 4 GB larger, for libraries that a CPU never loads.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PYTHONUNBUFFERED=1
WORKDIR /app

# The index has every build of the pinned versions, or the image is not built: nothing falls back to CUDA's.
COPY requirements.txt requirements-dicom.txt ./
RUN grep -E '^(torch|torchvision)==' requirements.txt > torch.txt \
    && pip install --no-deps --index-url "${TORCH_INDEX}" -r torch.txt \
    && pip install -r requirements.txt -r requirements-dicom.txt \
    && pip uninstall --yes openvino-telemetry \
    && rm torch.txt

COPY app.py pyproject.toml LICENSE ./
COPY data_cache data_cache
COPY models models
COPY explainers explainers
COPY evaluation evaluation
COPY ui ui
RUN python -m compileall -q app.py data_cache models explainers evaluation ui \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nowhere explorer \
    && install --directory --owner explorer --group explorer --mode 0700 /weights

# Nothing but /weights and /tmp is written to: `--read-only --tmpfs /tmp` is enough.
ENV GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=7860 GRADIO_TEMP_DIR=/tmp/explorer \
    HF_HOME=/weights NUMBA_CACHE_DIR=/tmp/numba MPLCONFIGDIR=/tmp/matplotlib \
    EXPLORER_FETCH=0 EXPLORER_ACCESS_LOG=1
USER 10001:10001
VOLUME /weights
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 CMD ["python", "-m", "ui.hosting"]
CMD ["python", "app.py"]
