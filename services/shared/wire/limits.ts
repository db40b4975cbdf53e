/** A cluster file of ten thousand real servers has a tenth of this. */
export const MAX_CLUSTER_FILE_CHARACTERS = 8 * 1024 * 1024
