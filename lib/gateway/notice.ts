import { type Isolation, sharesKernel } from '../declaration/agent';
import { type Envoy, extension } from './envoy';
import { IDENTITY, TOKEN } from './mounts';
import { ADMIN_DIRECTORY } from './service-listeners';

/** Where a sidecar learns that files changed when nobody tells it: memory that it alone writes, and so hears of. */
export const NOTICE_DIRECTORY = ADMIN_DIRECTORY;

/**
 * The directory whose changes a sidecar is told of. Kubelet changes files on the node; a program under another kernel
 * reads what is new there, and is not told (https://github.com/google/gvisor/issues/8089; Kata tells of small Secrets
 * and ConfigMaps alone, https://github.com/kata-containers/kata-containers/blob/main/docs/design/inotify.md).
 * @param mounted where kubelet's files are
 */
export const toldOf = (isolation: Isolation, mounted: string): string =>
  sharesKernel(isolation) ? mounted : NOTICE_DIRECTORY;

/** The file that is copied: the token, because Envoy watches the folder of a token itself, and no other. */
const COPIED = { sidecar: `${TOKEN.directory}/${TOKEN.file}`, model: `${IDENTITY}/ca.crt` } as const;

/**
 * Moves a copy into the directory that Envoy watches, at most once a second. Envoy then reads all its files, and takes
 * over those that changed; what was copied in part is never moved.
 */
const script = (from: string, to: string): string => `local last = 0
function envoy_on_request(handle)
  local now = os.time()
  if now == last then return end
  last = now
  local source = io.open("${from}", "rb")
  if source == nil then return end
  local text = source:read("*a")
  source:close()
  local target = io.open("${to}.new", "wb")
  if target == nil then return end
  local written = target:write(text)
  if target:close() and written then os.rename("${to}.new", "${to}") end
end
`;

/**
 * First filters of a sidecar's health listener: under another kernel each probe of kubelet tells the sidecar that its
 * files may have changed. None where the node's kernel tells it.
 */
export const noticeFilters = (isolation: Isolation, role: keyof typeof COPIED): readonly Envoy[] => {
  if (sharesKernel(isolation)) return [];
  const from = COPIED[role];
  const to = `${NOTICE_DIRECTORY}${from.slice(from.lastIndexOf('/'))}`;
  return [
    extension('envoy.filters.http.lua', 'envoy.extensions.filters.http.lua.v3.Lua', {
      default_source_code: { inline_string: script(from, to) },
    }),
  ];
};
