import { Modal } from "antd";
import { useText } from "../i18n";
import { PAGES } from "./pages";
import { appText } from "./text";

export function Help({ onClose }: { onClose: () => void }) {
  const words = useText(appText);
  const keys: [string, string][] = [
    ["Ctrl K", words.keyPalette],
    ["/", words.keySearch],
    ["?", words.keyHelp],
    ...PAGES.map(({ name, key }): [string, string] => [`g ${key}`, words.keyGo(words[name])]),
  ];
  return (
    <Modal open onCancel={onClose} footer={null} title={words.shortcuts}>
      <dl style={{ display: "grid", gridTemplateColumns: "max-content 1fr", gap: "6px 16px", margin: "12px 0 0" }}>
        {keys.map(([key, does]) => (
          <div key={key} style={{ display: "contents" }}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd style={{ margin: 0 }}>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
