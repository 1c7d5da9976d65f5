/** Version of the configuration files, as lib writes them. */
export const CONTRACT_VERSION: number = 1;
