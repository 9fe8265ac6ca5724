import { Input, Modal, Typography } from "antd";
import { useState } from "react";
import { useText } from "../../i18n";
import { sessionsText } from "./text";

/** Asks for a file of the machine that Blender runs on. It stays open until `act` has succeeded. */
export function PathDialog({
  title,
  help,
  okText,
  act,
  onClose,
}: {
  title: string;
  help?: string;
  okText: string;
  act: (path: string) => Promise<boolean>;
  onClose: () => void;
}) {
  const words = useText(sessionsText);
  const [path, setPath] = useState("");
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    const isDone = await act(path.trim());
    setBusy(false);
    if (isDone) onClose();
  };
  return (
    <Modal
      open
      title={title}
      okText={okText}
      cancelText={words.cancel}
      confirmLoading={isBusy}
      okButtonProps={{ disabled: path.trim() === "" }}
      onOk={() => void send()}
      onCancel={onClose}
    >
      {help && <Typography.Paragraph>{help}</Typography.Paragraph>}
      <label htmlFor="session-file">{words.importPath}</label>
      <Input
        id="session-file"
        autoFocus
        value={path}
        onChange={({ target }) => setPath(target.value)}
        onPressEnter={() => path.trim() && void send()}
      />
    </Modal>
  );
}
