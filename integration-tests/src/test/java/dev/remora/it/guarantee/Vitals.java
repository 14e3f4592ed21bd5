package dev.remora.it.guarantee;

/**
 * What an instance holds at one moment. Immutable.
 *
 * @param process id
 * @param memoryBytes reserved for models, by its own word
 * @param memoryBudgetBytes the most that it may be
 * @param diskBytes of artifacts, by its own word
 * @param diskBudgetBytes the most that it may be
 * @param folderBytes that its disk folder really holds
 * @param temporaryFiles of its disk tier
 * @param threads of its process
 * @param openFiles of its process
 * @param deletedFiles that it still holds open or mapped
 * @param unfinished records that wait, run or whose reply is on its way
 * @param residentBytes of its process
 */
record Vitals(
        long process,
        long memoryBytes,
        long memoryBudgetBytes,
        long diskBytes,
        long diskBudgetBytes,
        long folderBytes,
        int temporaryFiles,
        int threads,
        int openFiles,
        int deletedFiles,
        long unfinished,
        long residentBytes) {}
