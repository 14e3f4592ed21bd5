package dev.remora.reply;

/**
 * What a reply topic takes. Immutable.
 *
 * @param partitions how many it has
 * @param maxRecordBytes the largest record that it takes, as far as we may know
 */
record TopicShape(int partitions, int maxRecordBytes) {}
