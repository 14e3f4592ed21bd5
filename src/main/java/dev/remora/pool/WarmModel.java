package dev.remora.pool;

import dev.remora.protocol.ModelName;

/**
 * A model that is in use somewhere. Immutable.
 *
 * @param model the model
 * @param version which version of it
 * @param heat how often it was used, each use counting half after ten minutes, a quarter after twenty
 */
public record WarmModel(ModelName model, String version, double heat) {}
