/** Flags that decide which admission plug-ins an API server runs. */
export const pluginFlags: readonly string[] = ['enable-admission-plugins', 'disable-admission-plugins', 'admission-control'];
