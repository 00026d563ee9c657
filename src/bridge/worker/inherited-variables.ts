/**
 * Variables of the bridge that every worker gets, where they are set. Nothing else of the environment reaches a worker: no
 * address or password of Kafka and Postgres, no LD_PRELOAD, PYTHONPATH or NODE_OPTIONS. A command never sets a variable.
 */
export const INHERITED: readonly string[] = [
  // The user and the system.
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_*', 'TZ', 'TMPDIR', 'XDG_*', 'VIRTUAL_ENV', 'CONDA_*', 'PYENV_*'],
  // The network.
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
  // GPUs, threads and deep-learning libraries.
  ...[
    'LD_LIBRARY_PATH',
    'CUDA_*',
    'NVIDIA_*',
    'NCCL_*',
    'HIP_*',
    'ROCR_*',
    'OMP_*',
    'MKL_*',
    'OPENBLAS_*',
    'NUMEXPR_*',
  ],
  ...['KMP_*', 'TORCH_*', 'PYTORCH_*', 'TF_*', 'XLA_*', 'JAX_*', 'KERAS_*', 'HF_*', 'TRANSFORMERS_*'],
  // The systems that training code reports to.
  ...[
    'THUNDERLINE_URL',
    'THUNDERLINE_API_KEY',
    'THUNDERLINE_API_KEY_FILE',
    'THUNDERLINE_MODE',
    'THUNDERLINE_SPOOL_DIR',
  ],
  ...['MLFLOW_*', 'OTEL_*'],
];

/** Returns whether a variable is inherited: {@link INHERITED}, or one of `further`, whose names may end in `*`. */
export function inherits(further: readonly string[]): (name: string) => boolean {
  const patterns = [...INHERITED, ...further];
  const names = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (name) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
